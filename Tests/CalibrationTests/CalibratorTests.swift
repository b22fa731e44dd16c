import Calibration
import Checkpoints
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct CalibratorTests {
    @Test(arguments: Golden.names)
    func rangesEqualTheOracles(name: String) throws {
        let golden = try Golden(name)
        var recipe = Recipe()
        // The golden files average over two batches of one image.
        recipe.batch = 1
        let calibrated = try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 2))
            .calibrate(images: golden.images) { _ in true }
        let expected = try golden.layers("calibrated")
        #expect(calibrated.layers.count == expected.count)
        let nodes = calibrated.quantizedNodes
        let weights = Sensitivity.weights(deviations: nodes.map { calibrated.layers[$0]?.deviation ?? 0 }, temperature: 1)
        for (index, node) in nodes.enumerated() {
            let name = golden.network.nodes[node].name
            let layer = try #require(calibrated.layers[node])
            let statistics = try #require(layer.statistics)
            let range = try #require(expected[name])
            let scale = max(abs(range.lower), abs(range.upper))
            #expect(abs(statistics.lower - range.lower) <= 1e-4 * scale, "\(name)")
            #expect(abs(statistics.upper - range.upper) <= 1e-4 * scale, "\(name)")
            #expect(abs(statistics.percentileAbsolute - range.breakpoint) <= 1e-4 * scale, "\(name)")
            #expect(abs((layer.weight?.parameters[0] ?? 0) - range.weightBound) <= 1e-6 * range.weightBound, "\(name)")
            let deviation = try #require(range.deviation)
            let sensitivity = try #require(range.sensitivity)
            #expect(abs(layer.deviation - deviation) <= 1e-4 * deviation, "\(name)")
            #expect(abs(weights[index] - sensitivity) <= 1e-3 * sensitivity, "\(name)")
        }
    }

    @Test(arguments: Golden.names)
    func theQuantizedNetworkEqualsTheOracles(name: String) throws {
        let golden = try Golden(name)
        let quantized = try golden.quantized("calibrated", quantizer: "plq")
        let output = try Executor(network: golden.network, pool: ThreadPool(threads: 1), overrides: quantized.overrides).run(
            golden.input)
        let expected = try golden.quantizedOutput
        // A value near a decision threshold may fall on the other side in another order of summation; few do.
        let far = zip(output.values, expected.values).count { abs($0 - $1) > 0.05 }
        #expect(output.dimensions == expected.dimensions)
        #expect(far * 100 < output.values.count)
    }

    /// Returns the tiny EDSR with its last layer's weights multiplied, and that layer's name.
    private static func scaled(by factor: Float) throws -> (Golden, Network, String) {
        let golden = try Golden("tiny_edsr")
        var network = golden.network
        let last = try #require(network.layers.last)
        guard case .convolution(var convolution) = network.nodes[last].operation else { throw CalibrationError.noImages }
        convolution.weight.values = convolution.weight.values.map { $0 * factor }
        convolution.bias = convolution.bias.map { $0.map { _ in 0 } }
        network.nodes[last].operation = .convolution(convolution)
        return (golden, network, network.nodes[last].name)
    }

    @Test func theDeviationOfHugeOutputsIsFinite() throws {
        func deviation(_ factor: Float) throws -> Double {
            let (golden, network, _) = try Self.scaled(by: factor)
            let quantized = try Calibrator(network: network, recipe: Recipe(), pool: ThreadPool(threads: 2))
                .calibrate(images: golden.images) { _ in true }
            let last = try #require(network.layers.last)
            return try #require(quantized.layers[last]).deviation
        }
        // A power of two, so that only the exponent changes; squares of single precision end at 2^128.
        let exponent = Float(sign: .plus, exponent: 100, significand: 1)
        let (one, huge) = (try deviation(1), try deviation(exponent))
        #expect(one > 0 && abs(huge / Double(exponent) - one) < 1e-6 * one)
    }

    @Test func anOutputThatIsNotFiniteIsRefusedByLayer() throws {
        let (golden, network, name) = try Self.scaled(by: 3e38)
        let calibrator = try Calibrator(network: network, recipe: Recipe(), pool: ThreadPool(threads: 2))
        let error = #expect(throws: CalibrationError.self) { try calibrator.calibrate(images: golden.images) { _ in true } }
        #expect(error?.description == "layer \(name): its output holds values that are not finite")
    }

    @Test func movingAveragesFollowAlgorithm1() throws {
        let golden = try Golden("tiny_edsr")
        let (first, second) = (golden.images[0], golden.images[1])
        func ranges(_ images: [Tensor], batch: Int) throws -> ActivationStatistics {
            var recipe = Recipe()
            recipe.batch = batch
            let result = try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
                .calibrate(images: images) { _ in true }
            return try #require(result.layers[result.quantizedNodes[3]]?.statistics)
        }
        let a = try ranges([first], batch: 1)
        let b = try ranges([second], batch: 1)
        let averaged = try ranges([first, second], batch: 1)
        let joint = try ranges([first, second], batch: 2)
        #expect(averaged.upper == 0.9 * a.upper + (1 - 0.9) * b.upper)
        #expect(averaged.lower == 0.9 * a.lower + (1 - 0.9) * b.lower)
        #expect(averaged.percentileAbsolute == 0.9 * a.percentileAbsolute + (1 - 0.9) * b.percentileAbsolute)
        #expect(joint.upper == max(a.upper, b.upper))
    }

    @Test func protocolsQuantizeTheLayersTheyName() throws {
        let golden = try Golden("tiny_edsr")
        func calibrated(_ scope: QuantizationProtocol) throws -> QuantizedNetwork {
            var recipe = Recipe()
            recipe.scope = scope
            return try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
                .calibrate(images: golden.images) { _ in true }
        }
        let full = try calibrated(.full)
        let body = try calibrated(.body)
        #expect(full.quantizedNodes == golden.network.layers)
        for node in golden.network.layers {
            guard case .convolution(let convolution) = golden.network.nodes[node].operation else { continue }
            #expect(full.layers[node]?.activationBits == (convolution.role == .edge ? 8 : 4))
            #expect((body.layers[node] != nil) == (convolution.role == .body))
        }
    }

    @Test func searchedBreakpointsHaveTheSmallerError() throws {
        let golden = try Golden("tiny_rdn")
        func calibrated(_ breakpoint: FittingOptions.Breakpoint) throws -> QuantizedNetwork {
            var recipe = Recipe()
            recipe.breakpoint = breakpoint
            return try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 2))
                .calibrate(images: golden.images) { _ in true }
        }
        let percentile = try calibrated(.percentile)
        let searched = try calibrated(.leastSquaredError)
        for node in searched.quantizedNodes {
            guard let new = searched.layers[node]?.activation as? PiecewiseLinearQuantizer,
                let old = percentile.layers[node]?.activation as? PiecewiseLinearQuantizer,
                let histogram = searched.layers[node]?.statistics?.histogram
            else { continue }
            #expect(histogram.squaredError(of: new) <= histogram.squaredError(of: old))
        }
    }

    @Test func bitsBelowWhatAQuantizerCanAreRefusedByName() throws {
        let golden = try Golden("tiny_edsr")
        var recipe = Recipe()
        recipe.activations = 2
        let calibrator = try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
        #expect {
            try calibrator.calibrate(images: golden.images) { _ in true }
        } throws: { "\($0)".contains("body.0.body.0") && "\($0)".contains("2") }
        recipe.activations = 9
        #expect(throws: CalibrationError.self) {
            try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
        }
        recipe.activations = 4
        recipe.quantizer = "nonsense"
        #expect {
            try Calibrator(network: golden.network, recipe: recipe, pool: ThreadPool(threads: 1))
        } throws: { "\($0)".contains("nonsense") && "\($0)".contains("plq") }
    }

    @Test func cancellingAndEmptySetsAreErrors() throws {
        let golden = try Golden("tiny_edsr")
        let calibrator = try Calibrator(network: golden.network, recipe: Recipe(), pool: ThreadPool(threads: 1))
        #expect { try calibrator.calibrate(images: golden.images) { $0.done < 1 } } throws: { "\($0)".contains("cancelled") }
        #expect { try calibrator.calibrate(images: []) { _ in true } } throws: { "\($0)".contains("image") }
    }

    @Test func imagesWithNumbersThatAreNoneAreRefused() throws {
        let golden = try Golden("tiny_edsr")
        var image = golden.images[0]
        image.values[5] = .nan
        let calibrator = try Calibrator(network: golden.network, recipe: Recipe(), pool: ThreadPool(threads: 1))
        #expect { try calibrator.calibrate(images: [image]) { _ in true } } throws: { "\($0)".contains("head.0") }
    }

    @Test func bitsAreSetByPatternAndAMissIsAnError() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try golden.quantized("calibrated", quantizer: "plq")
        let before = quantized
        try quantized.setBits(matching: "body.0.*", weights: nil, activations: 6)
        for node in quantized.quantizedNodes {
            let inside = golden.network.nodes[node].name.hasPrefix("body.0.")
            #expect(quantized.layers[node]?.activationBits == (inside ? 6 : before.layers[node]?.activationBits))
            #expect(quantized.layers[node]?.activation?.parameters == before.layers[node]?.activation?.parameters)
            #expect(quantized.layers[node]?.weight?.parameters == before.layers[node]?.weight?.parameters)
        }
        #expect { try quantized.setBits(matching: "nothing.*", weights: 4, activations: nil) } throws: {
            "\($0)".contains("nothing.*")
        }
        #expect { try quantized.setBits(matching: "body.1.body.0", weights: nil, activations: 2) } throws: {
            "\($0)".contains("body.1.body.0")
        }
        #expect { try quantized.setBits(matching: "*", weights: 9, activations: nil) } throws: { "\($0)".contains("9") }
    }

    @Test func eachSideOfALayerCanBeInFloatAndComeBack() throws {
        let golden = try Golden("tiny_edsr")
        let calibrator = try Calibrator(network: golden.network, recipe: Recipe(), pool: ThreadPool(threads: 1))
        let before = try calibrator.calibrate(images: golden.images) { _ in true }
        var quantized = before
        try quantized.setBits(matching: "*", weights: LayerQuantization.floatBits, activations: LayerQuantization.floatBits)
        #expect(quantized.quantizedNodes.isEmpty && quantized.overrides.isEmpty)
        #expect(quantized.calibratedNodes == before.calibratedNodes)

        try quantized.setBits(matching: "body.0.body.0", weights: nil, activations: 4)
        let node = try #require(quantized.quantizedNodes.first)
        #expect(quantized.quantizedNodes.count == 1 && golden.network.nodes[node].name == "body.0.body.0")
        #expect(quantized.overrides[node]?.weight == nil && quantized.overrides[node]?.input != nil)
        #expect(quantized.layers[node]?.activation?.parameters == before.layers[node]?.activation?.parameters)

        try quantized.setBits(matching: "body.0.body.0", weights: 4, activations: LayerQuantization.floatBits)
        #expect(quantized.layers[node]?.weight?.parameters == before.layers[node]?.weight?.parameters)
        #expect(quantized.layers[node]?.activationBits == 32 && quantized.overrides[node]?.input == nil)
        let text = try quantized.recipe.json.serialized()
        #expect(try Recipe(json: .init(try .parse(text), path: "recipe")) == quantized.recipe)
        #expect { try quantized.setBits(matching: "*", weights: 16, activations: nil) } throws: { "\($0)".contains("16") }
    }

    @Test func whatCalibrationNeverSawStaysInFloat() throws {
        let golden = try Golden("tiny_edsr")
        var quantized = try golden.quantized("calibrated", quantizer: "plq")
        try quantized.setBits(matching: "head.0", weights: nil, activations: LayerQuantization.floatBits)
        #expect { try quantized.setBits(matching: "head.0", weights: nil, activations: 8) } throws: { "\($0)".contains("head.0") }
    }

    @Test func recipesSurviveJSON() throws {
        var recipe = Recipe()
        recipe.quantizer = "plq-one-sided"
        recipe.momentum = 0.75
        recipe.overrides = [.init(pattern: "a*", weights: 5, activations: nil)]
        let text = try recipe.json.serialized()
        #expect(try Recipe(json: .init(try .parse(text), path: "recipe")) == recipe)
        #expect { try Recipe(json: .init(try .parse(text.replacing("\"batch\":", with: "\"butch\":")), path: "recipe")) } throws: {
            "\($0)".contains("butch")
        }
    }
}
