import Checkpoints
import FloatEngine
import Images
import Networks
import QuantizedNetworks
import Quantizers
import SuperResolution
import Tensors
import Testing
import Training

/// Networks whose input channels have scales: the simulation, the engine in whole numbers and saved models are one function.
@Suite("Scales of input channels")
struct InputScaleTests {
    private func recipe(_ quantizer: String, bits: Int = 4, _ scaling: InputScaling = .largestMagnitude) -> Recipe {
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
            var recipe = recipe(quantizer, bits: bits, bits % 2 == 0 ? .largestMagnitude : .powerOfMagnitude)
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
        // A calibration patch, on which no channel is clipped.
        let image = try #require(TinyModels.patches().patches.first)
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
        // The steps of channels shrink with their scales, but a range that had next to no values on one side can become symmetric,
        // which makes steps twice as long.
        #expect(scaled < 2.1 * unscaled, "\(scaled) against \(unscaled)")
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
            let model = try TinyModels.quantization(name, recipe(quantizer, .powerOfMagnitude)).freeze(snapping: snapping)
            let file = try model.serialized()
            let loaded = try Model.load(bytes: file, name: "saved")
            #expect(loaded.layers == model.layers && loaded.recipe == model.recipe)
            #expect(loaded.recipe?.inputScales == .powerOfMagnitude)
            #expect(try loaded.serialized() == file)
            #expect(try SafeTensors.read(bytes: file, name: "saved").metadata["version"] == "5")
            let image = Pictures.noise(13, 9, .rgb)
            let (first, second) = (try Session(loaded, threads: 1), try Session(model, threads: 1))
            #expect(try first.upscale(image, type: .float32) == second.upscale(image, type: .float32))
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
            changed.seal()
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

/// What else calibration can do without training, through to the engine in whole numbers.
@Suite("Ingredients of calibration")
struct IngredientTests {
    @Test("give in integers what the simulation gives", arguments: TinyModels.names, 2...6)
    func engine(name: String, bits: Int) throws {
        for (quantizer, scope) in [("uniform", .full), ("uniform", .body), ("codebook", .full), ("codebook", .body)]
            as [(String, QuantizationProtocol)]
        {
            var recipe = Recipe()
            (recipe.quantizer, recipe.weights, recipe.activations, recipe.scope) = (quantizer, bits, bits, scope)
            recipe.inputScales = bits % 2 == 0 ? .largestMagnitude : .none
            recipe.equalisation = bits % 3 == 0 ? .activations : .weights
            recipe.biasCorrection = true
            let model = try TinyModels.quantization(name, recipe).freeze(snapping: true)
            #expect(model.layersInFloat.isEmpty)
            let loaded = try Model.load(bytes: try model.serialized(), name: "saved")
            #expect(loaded.layers == model.layers && loaded.recipe == model.recipe)
            for (width, height) in [(1, 1), (9, 13), (5, 90), (90, 21)] {
                let image = Pictures.noise(width, height, .rgb, seed: UInt64(width))
                let expected = try Session(model, threads: 1, simulated: true).upscale(image, type: .float32)
                for (model, threads) in [(model, 1), (model, 3), (loaded, 2)] {
                    let session = try Session(model, threads: threads)
                    #expect(session.runsInIntegers)
                    #expect(try session.upscale(image, type: .float32) == expected, "\(width) x \(height), \(threads) threads")
                }
            }
        }
    }

    @Test("with consecutive whole numbers run in the fastest format")
    func fastest() throws {
        var recipe = Recipe()
        recipe.quantizer = "uniform"
        let model = try TinyModels.quantization(TinyModels.wide, recipe).freeze(snapping: true)
        for (node, layer) in try #require(model.quantized).layers where layer.activationBits == 4 {
            let integers = try #require(layer.activation?.integerGrid).integers
            #expect(zip(integers, integers.dropFirst()).allSatisfy { $1 - $0 == 1 }, "\(node)")
        }
    }

    @Test("keep their teacher while ranges are trained")
    func training() throws {
        var recipe = Recipe()
        (recipe.quantizer, recipe.equalisation, recipe.biasCorrection, recipe.inputScales) = (
            "codebook", .activations, true, .largestMagnitude
        )
        var quantization = try TinyModels.quantization("SRResNet", recipe)
        let before = quantization
        var options = FinetuningOptions()
        (options.epochs, options.batch) = (2, 1)
        try quantization.finetune(images: try TinyModels.patches(), options: options, threads: 1)
        #expect(quantization.layers != before.layers)
        let model = quantization.freeze(snapping: true)
        let image = Pictures.noise(11, 7, .rgb)
        #expect(
            try Session(model, threads: 1).upscale(image, type: .float32)
                == Session(model, threads: 1, simulated: true).upscale(image, type: .float32))
    }

    @Test("are fitted anew when bits change")
    func bits() throws {
        var recipe = Recipe()
        recipe.quantizer = "codebook"
        var quantization = try TinyModels.quantization("EDSR", recipe)
        let layer = quantization.layers[2]
        try quantization.setBits(matching: layer.name, activations: 3)
        let network = quantization.quantized.network
        let node = try #require(network.layers.first { network.nodes[$0].name == layer.name })
        #expect(quantization.quantized.layers[node]?.activation?.levels.count == 8)
        #expect(quantization.layers[2].quantization?.quantizer == "codebook")
        try quantization.setBits(matching: layer.name, activations: 8)
        #expect(quantization.layers[2].quantization?.quantizer == "uniform")
        try quantization.setBits(matching: layer.name, activations: 4)
        #expect(quantization.layers[2].quantization == layer.quantization)
    }
}
