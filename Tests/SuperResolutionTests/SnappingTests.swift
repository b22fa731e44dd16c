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

@Suite("Snapping to integer grids")
struct SnappingTests {
    private static let picture = Pictures.noise(13, 9, .rgb)

    private func recipe(_ quantizer: String, weights: Int = 4, activations: Int = 4) -> Recipe {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weights, recipe.activations) = (quantizer, weights, activations)
        return recipe
    }

    private func pixels(_ model: Model, threads: Int = 1) throws -> [UInt8] {
        guard case .uint8(let samples) = try Session(model, threads: threads).upscale(Self.picture).samples else { return [] }
        return samples
    }

    @Test(
        "puts every layer of every network on integers, whatever the quantizer and the number of threads",
        arguments: TinyModels.names)
    func everyNetwork(name: String) throws {
        for (quantizer, weights, activations, perChannel) in [
            ("plq", 4, 4, false), ("plq-offset", 3, 3, true), ("plq-one-sided", 2, 6, false), ("minmax", 4, 4, true),
            ("minmax", 8, 8, false), ("mse", 6, 5, false),
        ] {
            var recipe = recipe(quantizer, weights: weights, activations: activations)
            recipe.perChannel = perChannel
            let quantization = try TinyModels.quantization(name, recipe)
            let model = quantization.freeze(snapping: true)
            #expect(model.isSnapped && model.layersInFloat.isEmpty, "\(quantizer)")
            let bytes = try pixels(model)
            #expect(try pixels(model, threads: 2) == bytes)

            // Without `snapping` the engine computes with levels instead of whole numbers and scales: the result is the same up to
            // rounding, which may turn few pixels.
            var network = try #require(model.quantized)
            let integers = network.overrides
            network.recipe.snapping = false
            let levels = network.overrides
            #expect(integers.values.allSatisfy { $0.scales != nil } && levels.values.allSatisfy { $0.scales == nil })
            let outputs = try [integers, levels].map { overrides in
                try Executor(network: model.network, pool: ThreadPool(threads: 1), overrides: overrides)
                    .run(Self.picture.tensorRGB()).values
            }
            let difference = zip(outputs[0], outputs[1]).reduce(0) { $0 + abs($1.0 - $1.1) } / Float(outputs[0].count)
            #expect(difference < 0.05, "\(quantizer): \(difference)")
        }
    }

    @Test("is in the saved model, which upscales to the same bytes", arguments: TinyModels.names)
    func roundTrip(name: String) throws {
        let quantization = try TinyModels.quantization(name, recipe("plq"))
        let model = quantization.freeze(snapping: true)
        let file = try model.serialized()
        let loaded = try Model.load(bytes: file, name: "saved")
        #expect(loaded.isSnapped && loaded.layers == model.layers && loaded.recipe == model.recipe)
        #expect(try pixels(loaded) == pixels(model))
        #expect(try loaded.serialized() == file)
        #expect(try SafeTensors.read(bytes: file, name: "saved").metadata["version"] == "3")
        // Without snapping nothing changes: the layout stays one that older libraries read, and a later freezing is not affected.
        let plain = try quantization.freeze().serialized()
        #expect(try SafeTensors.read(bytes: plain, name: "saved").metadata["version"] == "2")
        #expect(try !Model.load(bytes: plain, name: "saved").isSnapped)
    }

    @Test("moves no range by much")
    func movement() throws {
        let quantization = try TinyModels.quantization("EDSR", recipe("plq"))
        let (before, after) = (quantization.freeze(), quantization.freeze(snapping: true))
        for (node, layer) in try #require(before.quantized).layers {
            let old = try #require(layer.activation)
            let new = try #require(after.quantized?.layers[node]?.activation)
            #expect(new.integerGrid != nil)
            #expect(old.movement(to: new) < 0.05)
        }
    }

    @Test("leaves layers that cannot be on integers in float and says why")
    func layersInFloat() throws {
        var quantization = try TinyModels.quantization("EDSR", recipe("plq"))
        let layers = quantization.layers.map(\.name)
        try quantization.setLevels([-1, 0, 1, 3], layer: layers[1])
        try quantization.setBits(matching: layers[2], weights: 32)
        try quantization.setBits(matching: layers[3], activations: 32)
        try quantization.setBits(matching: layers[4], weights: 32, activations: 32)
        let mixed = quantization.freeze(snapping: true)
        #expect(mixed.layersInFloat.map(\.name) == Array(layers[1...3]))
        #expect(mixed.layersInFloat.map(\.reason) == [.noGrid(quantizer: "levels"), .weightsInFloat, .inputInFloat])
        let loaded = try Model.load(bytes: try mixed.serialized(), name: "saved")
        #expect(loaded.layersInFloat.map(\.reason) == mixed.layersInFloat.map(\.reason))
        #expect(try pixels(loaded) == pixels(mixed))
    }

    @Test("moves asymmetric weights to whole numbers, again after saving and from models that were frozen without")
    func asymmetricWeights() throws {
        let quantization = try TinyModels.quantization("EDSR", recipe("ptq4sr"))
        let (plain, model) = (quantization.freeze(), quantization.freeze(snapping: true))
        #expect(model.layersInFloat.isEmpty)
        let file = try model.serialized()
        #expect(try SafeTensors.read(bytes: file, name: "saved").metadata["version"] == "4")
        let loaded = try Model.load(bytes: file, name: "saved")
        #expect(try loaded.layersInFloat.isEmpty && loaded.serialized() == file)
        #expect(try pixels(loaded) == pixels(model))
        #expect(try plain.snapped().layersInFloat.isEmpty)
        for (node, layer) in try #require(model.quantized).layers {
            let weight = try #require(layer.weight as? AsymmetricWeightQuantizer)
            let old = try #require(plain.quantized?.layers[node]?.weight as? AsymmetricWeightQuantizer)
            for (index, lower) in weight.lowers.enumerated() {
                let step = (old.uppers[index] - old.lowers[index]) / Float(old.largestWord)
                #expect(abs(lower - old.lowers[index]) < 0.25 * step)
            }
        }
    }

    @Test("moves each number of bits by itself where they depend on the image")
    func bitMapping() throws {
        let quantization = try TinyModels.quantization("EDSR", recipe("adabm"))
        let model = quantization.freeze(snapping: true)
        #expect(model.isSnapped && model.layersInFloat.isEmpty)
        let network = try #require(model.quantized)
        #expect(network.imageSteps == -1...1)
        for (node, layer) in network.layers where layer.isAdaptive {
            #expect(layer.activation?.parameters == quantization.quantized.layers[node]?.activation?.parameters)
            for step in network.imageSteps {
                let fixed = try #require(network.withFixedBits(imageStep: step).layers[node])
                let (plain, moved) = (try #require(layer.activation(imageStep: step)), try #require(fixed.activation))
                #expect(moved.bits == layer.activationBits(imageStep: step) && !fixed.isAdaptive)
                #expect(moved.integerGrid != nil)
                #expect(plain.movement(to: moved) < 0.05)
            }
        }
        let file = try model.serialized()
        #expect(try SafeTensors.read(bytes: file, name: "saved").metadata["version"] == "4")
        #expect(try Model.load(bytes: file, name: "saved").serialized() == file)
        #expect(try SafeTensors.read(bytes: quantization.freeze().serialized(), name: "saved").metadata["version"] == "2")
    }

    /// The largest sum, 3000 · 127 · 255, is beyond 2^24, up to which single precision holds all whole numbers.
    @Test("keeps a layer in float whose sums single precision cannot hold")
    func largeSums() throws {
        let weight = Tensor(dimensions: [1, 3000, 1, 1], values: [Float](repeating: 0.5, count: 3000))
        let network = Network(
            architecture: "test", scale: 1,
            nodes: [
                Node(name: "input", operation: .input(channels: 3000), inputs: []),
                Node(name: "wide", operation: .convolution(Convolution(role: .body, weight: weight, bias: nil)), inputs: [0]),
            ])
        let layer = LayerQuantization(
            activation: try UniformQuantizer(bits: 8, lower: 0, upper: 1),
            weight: try SymmetricWeightQuantizer(fitting: weight.values, bits: 8), statistics: nil, deviation: 0)
        let snapped = QuantizedNetwork(network: network, layers: [1: layer], recipe: Recipe()).snapped()
        #expect(snapped.layersInFloat.map(\.name) == ["wide"])
        #expect(snapped.layersInFloat.map(\.reason) == [.largeSums(3000 * 127 * 255)])
        #expect(snapped.overrides[1]?.scales == nil)
        let narrow = QuantizedNetwork(
            network: network, layers: [1: try layer.with(bits: 4)], recipe: Recipe()
        ).snapped()
        #expect(narrow.layersInFloat.isEmpty && narrow.overrides[1]?.scales?.count == 1)
    }
}

extension LayerQuantization {
    fileprivate func with(bits: Int) throws -> LayerQuantization {
        var layer = self
        layer.activation = try activation?.withBits(bits)
        layer.weight = try weight?.withBits(bits)
        return layer
    }
}
