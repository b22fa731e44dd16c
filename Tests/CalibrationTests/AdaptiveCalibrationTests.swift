import Calibration
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct AdaptiveCalibrationTests {
    private static func calibrated(_ golden: Golden, _ images: [Tensor], batch: Int) throws -> QuantizedNetwork {
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = ("adabm", batch)
        return try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 2)).calibrate(images: images) {
            _ in
            true
        }
    }

    @Test(arguments: Golden.names)
    func lowBitLayersAreAdaptiveAndTheirRangesThoseOfMinMax(name: String) throws {
        let golden = try Golden(name)
        let adaptive = try Self.calibrated(golden, golden.images, batch: 1)
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = ("minmax", 1)
        let plain = try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
            .calibrate(images: golden.images) { _ in true }
        #expect(plain.imageThresholds == nil)
        var measures: [Float] = []
        for node in adaptive.quantizedNodes {
            let (layer, other) = try (#require(adaptive.layers[node]), #require(plain.layers[node]))
            #expect(layer.activation?.parameters == other.activation?.parameters)
            #expect(layer.activationBits == other.activationBits)
            let isLow = layer.activationBits < 8 && !golden.network.nodes[node].name.hasSuffix("LFF")
            #expect(layer.isAdaptive == isLow && !other.isAdaptive)
            if let measure = layer.measure { measures.append(measure) }
        }
        #expect(Set(measures) == [-1, 0, 1])
        #expect(measures.count { $0 < 0 } == measures.count { $0 > 0 })
    }

    @Test func thresholdsAreMovingAveragesOfPercentiles() throws {
        let golden = try Golden("tiny_edsr")
        let calmer = golden.images.map { Tensor(dimensions: $0.dimensions, values: $0.values.map { $0 / 2 }) }
        let images = golden.images + calmer
        let measures = images.map(ImageMeasure.measure)
        let first = try #require(ImageThresholds(batch: Array(measures[0..<3])))
        let second = try #require(ImageThresholds(batch: [measures[3]]))
        let expected = first.averaged(with: second, momentum: 0.9)
        #expect(try Self.calibrated(golden, images, batch: 3).imageThresholds == expected)
        #expect(expected != first)
    }

    @Test func layersAboveTheSeventiethPercentileOfSpreadTakeMore() throws {
        let golden = try Golden("tiny_edsr")
        let adaptive = try Self.calibrated(golden, golden.images, batch: 2)
        // By hand: the standard deviation of each image's whole input, mean over the images of the batch.
        var deviations: [Int: Double] = [:]
        for image in golden.images {
            for (node, values) in try Self.inputs(golden.network, image) {
                let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
                let squares = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
                deviations[node, default: 0] += (squares / Double(values.count - 1)).squareRoot() / 2
            }
        }
        let nodes = adaptive.quantizedNodes.filter { adaptive.layers[$0]?.isAdaptive == true }
        let expected = LayerMeasure.initial(deviations: nodes.map { deviations[$0] ?? 0 })
        #expect(nodes.map { adaptive.layers[$0]?.measure } == expected)
    }

    @Test func bitsAreThoseOfLayerImageAndMeasureWithinWhatIsSupported() throws {
        let golden = try Golden("tiny_edsr")
        var network = try Self.calibrated(golden, golden.images, batch: 2)
        let node = try #require(network.quantizedNodes.first { network.layers[$0]?.isAdaptive == true })
        func bits(_ measure: Float) -> [Int] {
            network.layers[node]?.measure = measure
            return [-1, 0, 1].compactMap { network.layers[node]?.activationBits(imageStep: $0) }
        }
        #expect(bits(0.2) == [3, 4, 5] && bits(-0.7) == [2, 3, 4] && bits(1) == [4, 5, 6])
        try network.setBits(matching: golden.network.nodes[node].name, weights: nil, activations: 2)
        #expect(bits(-1) == [2, 2, 2] && bits(1) == [2, 3, 4])
        try network.setBits(matching: golden.network.nodes[node].name, weights: nil, activations: 7)
        #expect(bits(1) == [7, 8, 8])
        // What has 8 bits is not adapted, until it has fewer again.
        try network.setBits(matching: golden.network.nodes[node].name, weights: nil, activations: 8)
        #expect(bits(1) == [8, 8, 8] && network.layers[node]?.isAdaptive == false)
        try network.setBits(matching: golden.network.nodes[node].name, weights: nil, activations: 4)
        #expect(bits(1) == [4, 5, 6] && network.layers[node]?.isAdaptive == true)
    }

    @Test func featureAverageBitsCountTheLayersBelowEight() throws {
        let golden = try Golden("tiny_edsr")
        var network = try golden.quantized("calibrated", quantizer: "minmax")
        network.imageThresholds = ImageThresholds(lower: 1, upper: 2)
        let low = network.quantizedNodes.filter { network.layers[$0]?.activationBits == 4 }
        #expect(low.count == 5 && network.quantizedNodes.count > low.count)
        // Bits 4, 5, 3, 4 and, as the last one is not adaptive, 4.
        for (node, measure) in zip(low, [0, 0.8, -0.9, 0.3] as [Float]) { network.layers[node]?.measure = measure }
        #expect(network.averageActivationBits(imageStep: 0) == 4)
        #expect(network.averageActivationBits(imageStep: 1) == 4.8)
        #expect(network.averageActivationBits(imageStep: -1) == 3.2)
        let all = try golden.quantized("calibrated", quantizer: "plq")
        #expect(all.averageActivationBits(imageStep: 0) == 4)
    }

    @Test func variantsAreAskedForByStep() throws {
        let golden = try Golden("tiny_edsr")
        let network = try Self.calibrated(golden, golden.images, batch: 2)
        #expect(network.variants(imageSteps: [1, -1, 0]) == [2, 0, 1])
        #expect(try golden.quantized("calibrated", quantizer: "plq").variants(imageSteps: [1]).isEmpty)
        for (node, override) in network.overrides {
            let layer = try #require(network.layers[node])
            let bits = override.variants.map { ($0 as? any ActivationQuantizer)?.bits }
            #expect(bits == (layer.isAdaptive ? [-1, 0, 1].map { layer.activationBits(imageStep: $0) } : []))
            #expect((override.input as? any ActivationQuantizer)?.bits == layer.activationBits(imageStep: 0))
        }
    }

    private static func inputs(_ network: Network, _ image: Tensor) throws -> [Int: [Float]] {
        try LayerInputs.of(network, image)
    }
}
