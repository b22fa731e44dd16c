import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct BitAwareClippingTests {
    /// The search, made over the numbers themselves instead of a histogram.
    private static func slow(_ quantizer: UniformQuantizer, _ x: [Float]) throws -> [Float] {
        var best = (error: Double.infinity, ratio: Float(1))
        for candidate in 0..<100 {
            let ratio = 1 - 0.01 * Float(candidate)
            let shrunk = try UniformQuantizer(
                bits: quantizer.bits, lower: ratio * quantizer.lower, upper: ratio * quantizer.upper)
            let error = zip(x, shrunk.applied(to: x)).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
            if error < best.error { best = (error, ratio) }
        }
        return quantizer.parameters.map { 0.5 * $0 + 0.5 * best.ratio * $0 }
    }

    private static func histogram(_ x: [Float]) throws -> Histogram {
        var histogram = try Histogram(lower: x.min() ?? 0, upper: x.max() ?? 0)
        x.withUnsafeBufferPointer { histogram.add($0) }
        return histogram
    }

    @Test func aLoneOutlierIsClippedHalfway() throws {
        // At two bits over ±3 the levels are ±1 and ±3. Numbers at ±1/2 are met exactly by a range of ±1.5 (levels ±1/2 and ±1.5),
        // a ratio of one half; the only outlier is not worth more. Halfway there is 0.75.
        let x = [Float](repeating: 0.5, count: 5000) + [Float](repeating: -0.5, count: 5000) + [3]
        let parameters = BitAwareClipping.parameters(
            of: try UniformQuantizer(bits: 2, lower: -3, upper: 3), input: try Self.histogram(x))
        #expect(parameters == [-2.25, 2.25])
    }

    @Test func aRangeThatFitsStays() throws {
        let x: [Float] = [-3, -1, 1, 3]
        let parameters = BitAwareClipping.parameters(
            of: try UniformQuantizer(bits: 2, lower: -3, upper: 3), input: try Self.histogram(x))
        #expect(parameters == [-3, 3])
    }

    @Test(arguments: 2...7)
    func theHistogramFindsWhatTheNumbersFind(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        // Products of uniform numbers: most are small, few are large.
        let x = zip(random.floats(20_000, in: -3...4), random.floats(20_000, in: -1...1)).map { $0 * $1 * $1 * $1 }
        let quantizer = try UniformQuantizer(bits: bits, lower: x.min() ?? 0, upper: x.max() ?? 0)
        let found = BitAwareClipping.parameters(of: quantizer, input: try Self.histogram(x))
        let expected = try Self.slow(quantizer, x)
        // The error has a flat minimum; a few hundredths to either side are as good.
        #expect(abs(found[1] - expected[1]) <= 0.02 * quantizer.upper)
        if bits <= 4 { #expect(found[1] < 0.95 * quantizer.upper) }
    }
}
