import Quantizers
import Tensors
import TestSupport
import Testing
import Training

/// Activations that training leaves unquantized at random.
@Suite struct DroppedQuantizerTests {
    private static func dropped(_ share: Float, seed: UInt64 = 7, node: Int = 3) throws -> (DroppedQuantizer, UniformQuantizer) {
        let quantizer = try UniformQuantizer(bits: 4, lower: -1, upper: 2)
        return (DroppedQuantizer(quantizer, share: share, seed: seed, node: node), quantizer)
    }

    private static func numbers(_ count: Int) -> [Float] {
        var random = SplitMix64(state: 11)
        return (0..<count).map { _ in .random(in: -1.5...2.5, using: &random) }
    }

    private static func applied(_ function: any ElementwiseFunction, _ x: [Float]) -> [Float] {
        var y = x
        function.apply(x, into: &y, count: x.count)
        return y
    }

    @Test(arguments: [Float(0), 0.25, 0.5, 0.9]) func theShareIsWhatWasAskedFor(share: Float) throws {
        let (dropped, quantizer) = try Self.dropped(share)
        let x = Self.numbers(20_000)
        let levels = Self.applied(quantizer, x)
        let left = zip(zip(x, levels), Self.applied(dropped, x)).count { pair, y in
            #expect(y == pair.0 || y == pair.1)
            return y == pair.0
        }
        // Four standard deviations of a binomial share, and what hits a level by itself.
        #expect(abs(Float(left) / 20_000 - share) < 0.015)
    }

    /// However a map is cut into pieces, the same numbers are left, going forward and backward.
    @Test func forwardAndBackwardAgreeForEveryPiece() throws {
        let (dropped, quantizer) = try Self.dropped(0.5)
        let x = Self.numbers(5_000)
        let y = Self.applied(dropped, x)
        #expect(Self.applied(dropped, Array(x[1_237...])) == Array(y[1_237...]))
        let slopes = (0..<x.count).map { Float($0 % 13) - 6 }
        var (inputs, parameters) = (slopes, [0.0, 0.0])
        dropped.differentiate(x, outputGradient: slopes, into: &inputs, parameterGradients: &parameters, count: x.count)
        let isLeft = zip(x, y).map { $0 == $1 }
        var (plain, sums) = (slopes, [0.0, 0.0])
        let heard = zip(slopes, isLeft).map { $1 ? 0 : $0 }
        quantizer.differentiate(x, outputGradient: heard, into: &plain, parameterGradients: &sums, count: x.count)
        for index in x.indices { #expect(inputs[index] == (isLeft[index] ? slopes[index] : plain[index])) }
        for (found, wanted) in zip(parameters, sums) { #expect(abs(found - wanted) < 1e-3) }
    }

    @Test func everyStepAndLayerLeavesOthers() throws {
        let x = Self.numbers(1_000)
        let first = try Self.applied(Self.dropped(0.5).0, x)
        #expect(try Self.applied(Self.dropped(0.5).0, x) == first)
        #expect(try Self.applied(Self.dropped(0.5, seed: 8).0, x) != first)
        #expect(try Self.applied(Self.dropped(0.5, node: 4).0, x) != first)
    }
}
