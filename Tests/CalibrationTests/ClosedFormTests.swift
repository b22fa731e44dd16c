import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing

/// Weights in closed form: the equations, the rounding, and what they do to a network.
@Suite struct ClosedFormTests {
    @Test func triangularFactorsSolveEquations() throws {
        // [4 2; 2 3] = L Lᵀ with L = [2 0; 1 √2].
        let factor = try #require(TriangularFactor([4, 0, 2, 3], size: 2))
        #expect(factor[0, 0] == 2 && factor[1, 0] == 1 && abs(factor[1, 1] - 2.0.squareRoot()) < 1e-12)
        let x = factor.solved([8, 7])
        #expect(abs(x[0] - 1.25) < 1e-12 && abs(x[1] - 1.5) < 1e-12)
        #expect(TriangularFactor([1, 0, 2, 3], size: 2) == nil)
    }

    /// A map of correlated numbers, `[2, 6, 7, 3]`.
    private static func map(seed: UInt64) -> [Float] {
        var random = SplitMix64(state: seed)
        return (0..<84).flatMap { _ in
            let shared = Float.random(in: -1...1, using: &random)
            return (0..<3).map { _ in 2 * shared + Float.random(in: -0.4...0.4, using: &random) }
        }
    }

    private static func sums(_ quantized: [Float], _ float: [Float], threads: Int = 1) -> ProductSums {
        ProductSums(
            quantized: quantized, float: float, samples: 2, height: 6, width: 7, channels: 3, kernel: 3, stride: 1,
            pool: ThreadPool(threads: threads))
    }

    @Test func sumsAreThoseOfEveryWindow() {
        let (a, b) = (Self.map(seed: 1), Self.map(seed: 2))
        let sums = Self.sums(a, b, threads: 3)
        #expect(sums.size == 28)
        func value(_ map: [Float], _ sample: Int, _ y: Int, _ x: Int, _ place: Int) -> Double {
            guard place > 0 else { return 1 }
            let (channel, v, h) = ((place - 1) / 9, (place - 1) / 3 % 3 - 1, (place - 1) % 3 - 1)
            guard (0..<6).contains(y + v), (0..<7).contains(x + h) else { return 0 }
            return Double(map[((sample * 6 + y + v) * 7 + x + h) * 3 + channel])
        }
        for (i, j) in [(0, 0), (0, 5), (3, 3), (27, 1), (14, 20), (9, 10)] {
            var (own, cross) = (0.0, 0.0)
            for place in 0..<84 {
                let (sample, y, x) = (place / 42, place / 7 % 6, place % 7)
                own += value(a, sample, y, x, i) * value(a, sample, y, x, j)
                cross += value(a, sample, y, x, i) * value(b, sample, y, x, j)
            }
            #expect(abs(Double(sums.own[i * 28 + j]) - own) < 1e-3)
            #expect(abs(Double(sums.cross[i * 28 + j]) - cross) < 1e-3)
        }
        #expect(Self.sums(a, b).own == sums.own && Self.sums(a, b).cross == sums.cross)
    }

    @Test func weightsStayWhereTheInputIsTheFloatOne() throws {
        let map = Self.map(seed: 3)
        let equations = try #require(ClosedForm(Self.sums(map, map)))
        var random = SplitMix64(state: 9)
        let weights = random.floats(28, in: -1...1)
        #expect(equations.fitted(weights) == weights)
    }

    @Test func weightsMakeUpForAnInputThatIsTooSmallOrMoved() throws {
        let map = Self.map(seed: 4)
        var random = SplitMix64(state: 9)
        let weights = random.floats(28, in: -1...1)
        func error(_ read: [Float], _ fitted: [Float]) -> Double {
            let (sums, plain) = (Self.sums(read, map), Self.sums(map, map))
            // |w_f x_f - w_q x_q|² from the sums.
            var total = 0.0
            for i in 0..<28 {
                for j in 0..<28 {
                    total += Double(weights[i]) * Double(weights[j]) * Double(plain.own[i * 28 + j])
                    total += Double(fitted[i]) * Double(fitted[j]) * Double(sums.own[i * 28 + j])
                    total -= 2 * Double(fitted[i]) * Double(weights[j]) * Double(sums.cross[i * 28 + j])
                }
            }
            return total
        }
        for read in [map.map { 0.8 * $0 }, map.map { $0 + 0.3 }, map.map { ($0 * 2).rounded() / 2 }] {
            let equations = try #require(ClosedForm(Self.sums(read, map)))
            #expect(error(read, equations.fitted(weights)) < 0.3 * error(read, weights))
        }
    }

    @Test func laterWeightsMakeUpForTheRoundingOfEarlierOnes() throws {
        let map = Self.map(seed: 5)
        let sums = Self.sums(map, map)
        let equations = try #require(ClosedForm(sums))
        func error(_ moved: [Float], _ weights: [Float]) -> Double {
            var total = 0.0
            for i in 0..<28 {
                for j in 0..<28 {
                    total += Double(moved[i] - weights[i]) * Double(moved[j] - weights[j]) * Double(sums.own[i * 28 + j])
                }
            }
            return total
        }
        var (better, random) = (0, SplitMix64(state: 10))
        for _ in 0..<20 {
            let weights = random.floats(28, in: -1...1)
            let rounded = equations.rounded(weights) { ($0 * 4).rounded() / 4 }
            // The bias is free; all others lie on the grid.
            #expect(rounded.dropFirst().allSatisfy { ($0 * 4).rounded() == $0 * 4 })
            let nearest = [weights[0]] + weights.dropFirst().map { ($0 * 4).rounded() / 4 }
            if error(rounded, weights) < 0.5 * error(nearest, weights) { better += 1 }
        }
        #expect(better >= 18)
    }

    @Test(arguments: [InputScaling.none, .largestMagnitude], [false, true])
    func theQuantizedNetworkComesCloserToTheFloatOne(scaling: InputScaling, perChannel: Bool) throws {
        let network = try Network.recognise(
            tensors: SeededNetworks.edsr(channels: 8, blocks: 2, scale: 2, seed: 1), file: "EDSR")
        var random = SplitMix64(state: 6)
        let images = (0..<4).map { _ in
            Tensor(dimensions: [1, 24, 24, 3], values: (0..<1728).map { _ in Float(Int.random(in: 0...255, using: &random)) })
        }
        func calibrated(_ closedForm: Bool, threads: Int = 2) throws -> (quantized: QuantizedNetwork, teacher: Network) {
            var recipe = Recipe()
            (recipe.quantizer, recipe.weightRange, recipe.perChannel) = ("minmax", .squaredError, perChannel)
            (recipe.weights, recipe.activations, recipe.inputScales) = (3, 4, scaling)
            recipe.closedForm = closedForm
            return try Calibrator(network: network, recipe: recipe, pool: ThreadPool(threads: threads))
                .calibrateBesideTeacher(images: images) { _ in true }
        }
        func output(_ network: Network, _ overrides: [Int: ConvolutionOverride] = [:]) throws -> [Float] {
            try Executor(network: network, pool: ThreadPool(threads: 1), overrides: overrides).run(images[1]).values
        }
        let (plain, closed) = (try calibrated(false), try calibrated(true))
        let float = try output(network)
        func error(_ quantized: QuantizedNetwork) throws -> Double {
            zip(try output(quantized.network, quantized.overrides), float).reduce(0) {
                $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
            }
        }
        #expect(try error(closed.quantized) < 0.6 * error(plain.quantized))
        #expect(try output(closed.teacher) == float)
        #expect(
            try calibrated(true, threads: 1).quantized.network.tensors.flatMap(\.tensor.values)
                == closed.quantized.network.tensors.flatMap(\.tensor.values))
    }

    @Test func biasesAreSolvedForOnce() throws {
        let network = try Network.recognise(
            tensors: SeededNetworks.edsr(channels: 8, blocks: 2, scale: 2, seed: 1), file: "EDSR")
        var recipe = Recipe()
        (recipe.closedForm, recipe.biasCorrection) = (true, true)
        let error = #expect(throws: CalibrationError.self) {
            try Calibrator(network: network, recipe: recipe, pool: ThreadPool(threads: 1))
        }
        #expect(error?.description.contains("bias_correction") == true)
    }
}
