import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct RangeSearchTests {
    private static func histogram(_ values: [Float]) throws -> Histogram {
        var histogram = try Histogram(lower: #require(values.min()), upper: #require(values.max()))
        values.withUnsafeBufferPointer { histogram.add($0) }
        return histogram
    }

    /// The search, made over the values themselves instead of a histogram.
    private static func slowly(_ values: [Float], bits: Int) throws -> (ratio: Int, errors: [Double]) {
        let (lower, upper) = (try #require(values.min()), try #require(values.max()))
        var errors: [Double] = []
        for candidate in 0..<90 {
            let ratio = 1 - 0.01 * Float(candidate)
            let quantizer = try UniformQuantizer(bits: bits, lower: lower * ratio, upper: upper * ratio)
            errors.append(
                values.reduce(0) { sum, x in
                    let difference = Double(x) - Double(quantizer.apply(x))
                    return sum + difference * difference
                })
        }
        let ratio = try #require(errors.indices.min { errors[$0] < errors[$1] })
        return (ratio, errors)
    }

    @Test(arguments: [2, 4, 6])
    func theMSEQuantizerFindsTheRangeOfLeastError(bits: Int) throws {
        var random = SplitMix64(state: UInt64(bits))
        // Peaked, with far outliers on one side: the best range is inside.
        let values = random.floats(20_000, in: -1...1).map { $0 * $0 * $0 * 10 } + [40, 35, 38]
        let histogram = try Self.histogram(values)
        let statistics = ActivationStatistics(
            lower: histogram.lower, upper: histogram.upper, percentileAbsolute: 1, histogram: histogram)
        let found = try QuantizerRegistry.standard.fit(name: "mse", statistics: statistics, bits: bits)
        let (ratio, errors) = try Self.slowly(values, bits: bits)
        #expect(ratio > 0)
        let foundRatio = Int((100 * (1 - found.parameters[1] / histogram.upper)).rounded())
        #expect(abs(found.parameters[0] - histogram.lower * (1 - 0.01 * Float(foundRatio))) < 1e-5, "both ends shrink together")
        // Bins are 1/2048 of the range wide: another ratio is only taken if it is as good.
        #expect(errors[foundRatio] <= errors[ratio] * 1.01)
    }

    @Test func noTenthOfTheRangeIsEverLeftBehind() throws {
        // All weight in the middle: the narrowest candidate, 0.11, wins.
        var histogram = try Histogram(lower: -100, upper: 100)
        [Float](repeating: 3, count: 1000).withUnsafeBufferPointer { histogram.add($0) }
        let start = try UniformQuantizer(bits: 2, lower: -100, upper: 100)
        let best = RangeSearch.leastSquaredError(start, candidates: 90, histogram: histogram)
        #expect(best[1] >= 100 * 0.109 && best[0] == -best[1])
    }
}
