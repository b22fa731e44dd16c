import Calibration
import Checkpoints
import FloatEngine
import QuantizedNetworks
import Quantizers
import Synchronization
import Tensors
import TestSupport
import Testing

/// These tests look at what calibration makes of a whole network with Percentile, MSE and PTQ4SR.
@Suite struct BaselineTests {
    private static func calibrated(_ recipe: Recipe, _ golden: Golden, threads: Int = 2) throws -> QuantizedNetwork {
        try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: threads))
            .calibrate(images: golden.images) { _ in true }
    }

    /// Returns every layer's input, image by image.
    private static func inputs(_ golden: Golden) throws -> [[Int: [Float]]] {
        try golden.images.map { image in
            let seen = Mutex<[Int: [Float]]>([:])
            _ = try Executor(network: golden.network, pool: ThreadPool(threads: 1)).run(image) { observation in
                let values = Array(observation.input)
                seen.withLock { $0[observation.node, default: []] += values }
            }
            return seen.withLock { $0 }
        }
    }

    private static func percentile(_ values: [Float], _ percentile: Double) -> Double {
        let sorted = values.sorted().map(Double.init)
        let position = percentile / 100 * Double(sorted.count - 1)
        let below = Int(position)
        return sorted[below] + (sorted[min(below + 1, sorted.count - 1)] - sorted[below]) * (position - Double(below))
    }

    @Test(arguments: Golden.names)
    func percentilesAreMovingAveragesOfEveryBatchs(name: String) throws {
        let golden = try Golden(name)
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch, recipe.rangePercentile) = ("percentile", 1, 98)
        let quantized = try Self.calibrated(recipe, golden)
        let inputs = try Self.inputs(golden)
        for (node, layer) in quantized.layers {
            let batches = inputs.map { $0[node] ?? [] }
            let scale = Double(batches.joined().reduce(0) { max($0, abs($1)) })
            let found = try #require(layer.activation)
            #expect(found.name == "percentile", "at 8 bits too")
            for (index, percentile) in [2.0, 98.0].enumerated() {
                let expected = 0.9 * Self.percentile(batches[0], percentile) + 0.1 * Self.percentile(batches[1], percentile)
                #expect(abs(Double(found.parameters[index]) - expected) <= 1e-4 * scale, "\(golden.network.nodes[node].name)")
            }
            guard case .convolution(let convolution) = golden.network.nodes[node].operation else { continue }
            let upper = Self.percentile(convolution.weight.values.map(abs), 98)
            #expect(abs(Double(layer.weight?.parameters[0] ?? 0) - upper) <= 1e-5 * upper)
        }
        #expect(quantized.recipe.weightRange == .percentile)
    }

    @Test func doubleClippingIsAveragedOverBatches() throws {
        let golden = try Golden("tiny_edsr")
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch, recipe.clippedShare, recipe.clippedShare8Bits) = ("ptq4sr", 1, 0.02, 0.01)
        let quantized = try Self.calibrated(recipe, golden)
        let inputs = try Self.inputs(golden)
        for (node, layer) in quantized.layers {
            let share = layer.activationBits == 8 ? 0.01 : 0.02
            let ranges = try inputs.map { image in
                let values = image[node] ?? []
                var histogram = try Histogram(lower: #require(values.min()), upper: #require(values.max()))
                values.withUnsafeBufferPointer { histogram.add($0) }
                return DensityClipping(share: share).range(of: histogram)
            }
            let found = try #require(layer.activation)
            let scale = max(abs(found.parameters[0]), abs(found.parameters[1]))
            #expect(found.name == "ptq4sr")
            #expect(abs(found.parameters[0] - (ranges[0].lower + ranges[1].lower) / 2) <= 1e-3 * scale)
            #expect(abs(found.parameters[1] - (ranges[0].upper + ranges[1].upper) / 2) <= 1e-3 * scale)

            guard case .convolution(let convolution) = golden.network.nodes[node].operation else { continue }
            let weight = try #require(layer.weight as? AsymmetricWeightQuantizer)
            #expect(weight.groups == convolution.outputs)
            #expect(
                weight.lowers.min() == convolution.weight.values.min() && weight.uppers.max() == convolution.weight.values.max())
        }
        #expect(quantized.recipe.weightRange == .minmax && quantized.recipe.perChannel)
    }

    @Test func theMSEQuantizerHasALowerErrorThanMinmaxOnEveryLayersHistogram() throws {
        let golden = try Golden("tiny_srresnet")
        var recipe = Recipe()
        recipe.quantizer = "mse"
        let quantized = try Self.calibrated(recipe, golden)
        var better = 0
        for layer in quantized.layers.values {
            let statistics = try #require(layer.statistics)
            let histogram = try #require(statistics.histogram)
            let found = try #require(layer.activation)
            let wide = try UniformQuantizer(bits: found.bits, lower: statistics.lower, upper: statistics.upper)
            let (mine, other) = (histogram.squaredError(of: found), histogram.squaredError(of: wide))
            #expect(found.name == "mse" && mine <= other)
            if mine < other { better += 1 }
        }
        #expect(better > 0 && quantized.recipe.weightRange == .squaredError)
    }

    @Test(arguments: ["percentile", "mse", "ptq4sr"])
    func threadsChangeNothing(quantizer: String) throws {
        let golden = try Golden("tiny_rdn")
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = (quantizer, 1)
        let one = try Self.calibrated(recipe, golden, threads: 1)
        let four = try Self.calibrated(recipe, golden, threads: 4)
        for (node, layer) in one.layers {
            #expect(layer.activation?.parameters == four.layers[node]?.activation?.parameters)
            #expect(layer.weight?.parameters == four.layers[node]?.weight?.parameters)
        }
    }

    @Test(arguments: ["minmax", "percentile", "mse", "ptq4sr"])
    func progressReachesItsTotalOnceAndCanCancel(quantizer: String) throws {
        let golden = try Golden("tiny_edsr")
        var recipe = Recipe()
        (recipe.quantizer, recipe.batch) = (quantizer, 1)
        let calibrator = try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
        var seen: [Int] = []
        var total = 0
        _ = try calibrator.calibrate(images: golden.images) {
            seen.append($0.done)
            total = $0.total
            return true
        }
        #expect(seen == Array(1...total) && total >= golden.images.count)
        #expect { try calibrator.calibrate(images: golden.images) { $0.done < total } } throws: { "\($0)".contains("cancelled") }
    }

    // MARK: - Weights

    @Test func everyWeightRangeIsWhatItSays() throws {
        let golden = try Golden("tiny_edsr")
        let node = try #require(golden.network.layers.first { golden.network.nodes[$0].name == "body.0.body.0" })
        guard case .convolution(let convolution) = golden.network.nodes[node].operation else { return }
        let weights = convolution.weight.values
        func weight(_ range: WeightRange) throws -> any WeightQuantizer {
            var recipe = Recipe()
            (recipe.quantizer, recipe.weightRange, recipe.rangePercentile) = ("minmax", range, 95)
            return try #require(try Self.calibrated(recipe, golden).layers[node]?.weight)
        }
        let largest = try #require(weights.map(abs).max())
        #expect(try weight(.max).parameters == [largest])
        #expect(abs(try Double(weight(.percentile).parameters[0]) - Self.percentile(weights.map(abs), 95)) < 1e-6)
        #expect(abs(try Double(weight(.signedPercentile).parameters[0]) - Self.percentile(weights, 95)) < 1e-6)
        #expect(try weight(.minmax).parameters == [weights.min() ?? 0, weights.max() ?? 0])
        let clipped = try weight(.clippedMinmax).parameters
        #expect(abs(Double(clipped[0]) - Self.percentile(weights, 0.01)) < 1e-6)
        #expect(abs(Double(clipped[1]) - Self.percentile(weights, 99.99)) < 1e-6)

        func error(_ upper: Float) throws -> Double {
            let quantized = try SymmetricWeightQuantizer(bits: 4, uppers: [upper]).apply(weights)
            return zip(weights, quantized).reduce(0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        }
        for (range, start) in [(WeightRange.squaredError, largest), (.signedSquaredError, try #require(weights.max()))] {
            let found = try error(weight(range).parameters[0])
            let errors = try (0..<50).map { try error((1 - 0.01 * Float($0)) * start) }
            #expect(abs(found - (errors.min() ?? 0)) < 1e-9)
        }
    }

    @Test func recipesOfTheBaselinesSurviveJSON() throws {
        for range in WeightRange.allCases {
            var recipe = Recipe()
            (recipe.quantizer, recipe.weightRange) = ("ptq4sr", range)
            (recipe.clippedShare, recipe.clippedShare8Bits) = (5e-4, 2e-5)
            let text = try recipe.json.serialized()
            #expect(try Recipe(json: .init(try .parse(text), path: "recipe")) == recipe)
        }
        var recipe = Recipe()
        (recipe.quantizer, recipe.rangePercentile) = ("percentile", 97.5)
        #expect(try Recipe(json: .init(try .parse(recipe.json.serialized()), path: "recipe")) == recipe)
    }

    @Test func impossibleOptionsAreNamed() throws {
        let golden = try Golden("tiny_edsr")
        func refused(_ change: (inout Recipe) -> Void, naming name: String) {
            var recipe = Recipe()
            change(&recipe)
            #expect { try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1)) } throws: {
                "\($0)".contains(name)
            }
        }
        refused({ $0.rangePercentile = 49 }, naming: "range_percentile")
        refused({ $0.rangePercentile = .nan }, naming: "range_percentile")
        refused({ $0.clippedShare = 1 }, naming: "clipped_share")
        refused({ $0.clippedShare8Bits = -1 }, naming: "clipped_share_8bit")
    }
}
