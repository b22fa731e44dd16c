import Checkpoints
import FloatEngine
import Images
import Networks
import QuantizedNetworks
import Quantizers
import SuperResolution
import Tensors
import TestSupport
import Testing
import Training

/// Networks whose input channels have scales: the simulation, the engine in whole numbers and saved models are one function.
@Suite("Scales of input channels")
struct InputScaleTests {
    private func recipe(_ quantizer: String, bits: Int = 4, _ scaling: InputScaling = .max) -> Recipe {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weights, recipe.activations, recipe.inputScales) = (quantizer, bits, bits, scaling)
        return recipe
    }

    private func samples(_ model: Model, _ image: Image, simulated: Bool, threads: Int = 1) throws -> Samples {
        let session = try Session(model, threads: threads, simulated: simulated)
        #expect(session.runsInIntegers == !simulated)
        return try session.upscale(image, type: .float32).samples
    }

    private func expectSimulation(of model: Model, _ what: String) throws {
        for (width, height) in [(1, 1), (9, 13), (5, 90), (90, 21)] {
            let image = Pictures.noise(width, height, .rgb, seed: UInt64(width))
            let expected = try samples(model, image, simulated: true)
            for threads in [1, 3] {
                #expect(
                    try samples(model, image, simulated: false, threads: threads) == expected,
                    "\(what), \(width) x \(height), \(threads) threads")
            }
        }
    }

    @Test("give in integers what the simulation gives", arguments: TinyModels.names + [TinyModels.wide], 2...8)
    func engine(name: String, bits: Int) throws {
        for (quantizer, scope) in [("mse", .full), ("ptq4sr", .full), ("adabm", .body), ("plq", .full), ("plq-one-sided", .body)]
            as [(String, QuantizationProtocol)] where bits > 2 || !quantizer.hasPrefix("plq")
        {
            var recipe = recipe(quantizer, bits: bits, bits % 2 == 0 ? .max : .power)
            (recipe.scope, recipe.perChannel) = (scope, bits % 2 == 1 && quantizer != "ptq4sr")
            let model = try TinyModels.quantization(name, recipe).freeze(snapping: true)
            #expect(model.layersInFloat.isEmpty, "\(quantizer)")
            try expectSimulation(of: model, "\(name), \(quantizer) at \(bits) bits")
        }
    }

    @Test("go with layers in float, whose inputs come in parts", arguments: TinyModels.names)
    func layersInFloat(name: String) throws {
        let quantization = try TinyModels.quantization(name, recipe("mse"))
        for (weights, activations) in [(4, 32), (32, 4)] {
            var changed = quantization
            try changed.setBits(matching: "*", weights: weights, activations: activations)
            try expectSimulation(of: changed.freeze(snapping: true), "\(name), W\(weights)A\(activations)")
        }
        for layer in quantization.layers {
            var changed = quantization
            try changed.setBits(matching: layer.name, weights: 32)
            try expectSimulation(of: changed.freeze(snapping: true), "\(name), \(layer.name)")
        }
    }

    @Test("change nothing in float: the scaled network is the network", arguments: TinyModels.names)
    func floatIsUnchanged(name: String) throws {
        // Weights stay in float, so that what differs is the rounding of activations alone.
        var quantization = try TinyModels.quantization(name, recipe("minmax", bits: 8))
        var plain = try TinyModels.quantization(name, recipe("minmax", bits: 8, .none))
        try quantization.setBits(matching: "*", weights: 32)
        try plain.setBits(matching: "*", weights: 32)
        let image = Pictures.noise(12, 10, .rgb).tensorRGB()
        func output(_ overrides: [Int: ConvolutionOverride]) throws -> [Float] {
            try Executor(network: quantization.quantized.network, pool: ThreadPool(threads: 1), overrides: overrides)
                .run(image).values
        }
        let float = try output([:])
        func error(_ values: [Float]) -> Float {
            var sum: Float = 0
            for (value, expected) in zip(values, float) { sum += abs(value - expected) }
            return sum / Float(float.count)
        }
        let (scaled, unscaled) = (
            try error(output(quantization.quantized.overrides)), try error(output(plain.quantized.overrides))
        )
        #expect(scaled < 1.5 * unscaled, "\(scaled) against \(unscaled)")
        for layer in quantization.layers {
            let found = try #require(layer.quantization)
            #expect(found.inputScales == layer.inputs)
            let smallest = try #require(found.smallestInputScale)
            #expect(smallest > 0 && smallest <= 1)
        }
        for layer in plain.layers {
            #expect(layer.quantization?.inputScales == 0 && layer.quantization?.smallestInputScale == nil)
        }
    }

    @Test("are in the saved model, which upscales to the same bytes", arguments: TinyModels.names)
    func roundTrip(name: String) throws {
        for (quantizer, snapping) in [("mse", true), ("ptq4sr", true), ("plq", false)] {
            let model = try TinyModels.quantization(name, recipe(quantizer, .power)).freeze(snapping: snapping)
            let file = try model.serialized()
            let loaded = try Model.load(bytes: file, name: "saved")
            #expect(loaded.layers == model.layers && loaded.recipe == model.recipe)
            #expect(loaded.recipe?.inputScales == .power)
            #expect(try loaded.serialized() == file)
            #expect(try SafeTensors.read(bytes: file, name: "saved").metadata["version"] == "5")
            let image = Pictures.noise(13, 9, .rgb)
            #expect(
                try Session(loaded, threads: 1).upscale(image, type: .float32) == Session(model, threads: 1).upscale(
                    image, type: .float32))
            // A layer whose weights stay in float has its scales beside them.
            var mixed = try TinyModels.quantization(name, recipe(quantizer))
            try mixed.setBits(matching: mixed.layers[1].name, weights: 32)
            let saved = try Model.load(bytes: mixed.freeze(snapping: snapping).serialized(), name: "saved")
            #expect(saved.layers == mixed.freeze(snapping: snapping).layers)
        }
    }

    @Test("of a damaged file are refused, naming the layer")
    func damaged() throws {
        let bytes = try TinyModels.quantization("EDSR", recipe("mse")).freeze(snapping: true).serialized()
        let layer = try TinyModels.quantization("EDSR").layers[1].name
        for factors in [[1, 2, 3], [], [Float](repeating: 0, count: 8), [Float](repeating: .nan, count: 8)] as [[Float]] {
            let file = try SafeTensors.read(bytes: bytes, name: "damaged")
            var changed = SafeTensors(metadata: file.metadata, name: file.name)
            for entry in file.entries {
                let isChanged = entry.name == layer + ".input_factors"
                try changed.append(
                    entry.name, type: entry.type, dimensions: isChanged ? [factors.count] : entry.dimensions,
                    bytes: isChanged ? factors.withUnsafeBytes { ArraySlice($0) } : entry.bytes)
            }
            let damaged = try changed.serialized()
            let error = #expect(throws: SuperResolutionError.self) { try Model.load(bytes: damaged, name: "hostile.srq") }
            #expect(error?.description.contains("layer '\(layer)'") == true, "\(factors)")
        }
    }

    @Test("stay while ranges are trained, in float and on integer grids")
    func training() throws {
        let patches = try TinyModels.patches()
        for integers in [false, true] {
            var quantization = try TinyModels.quantization(TinyModels.wide, recipe("minmax"))
            let before = quantization
            var options = FinetuningOptions()
            (options.epochs, options.batch, options.integers) = (2, 1, integers)
            try quantization.finetune(images: patches, options: options, threads: 1)
            for (node, layer) in quantization.quantized.layers {
                #expect(layer.inputScales == before.quantized.layers[node]?.inputScales)
            }
            try expectSimulation(of: quantization.freeze(snapping: true), "trained")
        }
    }
}
