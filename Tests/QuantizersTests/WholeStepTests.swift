import Quantizers
import Tensors
import TestSupport
import Testing

/// The quantizer "uniform": both ends by least squared error, levels that are whole multiples of the step.
@Suite struct WholeStepTests {
    private static func statistics(_ values: [Float]) throws -> ActivationStatistics {
        var histogram = try Histogram(lower: #require(values.min()), upper: #require(values.max()))
        values.withUnsafeBufferPointer { histogram.add($0) }
        return ActivationStatistics(
            lower: histogram.lower, upper: histogram.upper, percentileAbsolute: 1, histogram: histogram)
    }

    private static func fitted(_ name: String, _ values: [Float], bits: Int) throws -> UniformQuantizer {
        let quantizer = try QuantizerRegistry.standard.fit(name: name, statistics: statistics(values), bits: bits)
        return try #require(quantizer as? UniformQuantizer)
    }

    private static func error(_ quantizer: some ActivationQuantizer, _ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1 - quantizer.apply($1)) * Double($1 - quantizer.apply($1)) }
    }

    /// Peaked at 0 with far outliers on one side.
    private static func skewed() -> [Float] {
        var random = SplitMix64(state: 3)
        return random.floats(20_000, in: -1...1).map { $0 * $0 * $0 * 4 } + random.floats(50, in: 10...40)
    }

    @Test(arguments: 2...8)
    func levelsAreConsecutiveWholeNumbersBeforeAndAfterSnapping(bits: Int) throws {
        for values in [Self.skewed(), Self.skewed().map { max($0, 0) }, Self.skewed().map { -$0 }] {
            let quantizer = try Self.fitted("uniform", values, bits: bits)
            let grid = try #require(quantizer.integerGrid)
            #expect(zip(grid.integers, grid.integers.dropFirst()).allSatisfy { $1 - $0 == 1 })
            #expect(quantizer.levels.count == 1 << bits)
            // As a float the level is r · step + lower, which rounds; as a whole number it is 0.
            #expect(grid.integers.contains(0))
            #expect(try #require(quantizer.snapped()).parameters == quantizer.parameters)
        }
    }

    @Test func anInputWithoutNegativeValuesHasAllLevelsAboveZero() throws {
        let quantizer = try Self.fitted("uniform", Self.skewed().map { max($0, 0) }, bits: 4)
        #expect(quantizer.integerGrid?.integers == Array(0...15))
        #expect(quantizer.lower == 0)
    }

    @Test(arguments: [3, 4, 6])
    func endsThatAreSearchedEachForItselfBeatThoseThatShrinkTogether(bits: Int) throws {
        let values = Self.skewed()
        let (found, together) = (try Self.fitted("uniform", values, bits: bits), try Self.fitted("mse", values, bits: bits))
        #expect(Self.error(found, values) < Self.error(together, values))
    }

    /// An exhaustive search over the same levels finds next to nothing better.
    @Test func theSearchFindsNearlyTheBest() throws {
        let values = Self.skewed()
        let statistics = try Self.statistics(values)
        let histogram = try #require(statistics.histogram)
        let found = try Self.fitted("uniform", values, bits: 3)
        var least = Double.infinity
        for zero in 0...7 {
            for index in 1...2000 {
                let step = Float(index) * 0.005
                let candidate = try UniformQuantizer(
                    bits: 3, lower: -Float(zero) * step, upper: Float(7 - zero) * step)
                least = min(least, histogram.squaredError(of: candidate))
            }
        }
        #expect(histogram.squaredError(of: found) < 1.005 * least)
    }

    @Test func movedRangesSnapBackToWholeSteps() throws {
        var quantizer = try Self.fitted("uniform", Self.skewed(), bits: 4)
        quantizer.parameters = [-1.13, 3.2]
        let snapped = try #require(quantizer.snapped())
        let integers = try #require(snapped.integerGrid).integers
        #expect(integers == (0...15).map { Int16($0) - 4 })
        #expect(abs(snapped.lower + 4 * 4.33 / 15) < 1e-5)
        // A range that lies on halves of a step is moved as well.
        quantizer.parameters = [-1.5, 13.5]
        #expect(try #require(quantizer.snapped()?.integerGrid).integers.first == -2)
    }

    @Test func inputsFarFromZeroHaveLevelsToo() throws {
        let quantizer = try Self.fitted("uniform", [100, 100.4, 101, 101.5, 102], bits: 4)
        #expect(quantizer.integerGrid != nil)
        #expect(abs(quantizer.apply(101) - 101) < 0.1)
        // So far that a step of the range's own width would be beyond any grid: the step grows.
        let far = try Self.fitted("uniform", [100_000, 100_001], bits: 4)
        #expect(far.integerGrid != nil)
    }

    /// Weights with a range of least squared error, per channel, are whole codes: snapping leaves them as they are.
    @Test func snappingLeavesWeightsOfLeastErrorExactlyAsTheyAre() throws {
        var random = SplitMix64(state: 8)
        let weights = random.floats(8 * 36, in: -1...1).map { $0 * $0 * $0 }
        let quantizer = try WeightRange.squaredError.quantizer(fitting: weights, groups: 8, bits: 4, percentile: 99)
        let snapped = try #require(quantizer.snapped(weights, outputs: 8, largestSum: 1e4))
        #expect(snapped.parameters == quantizer.parameters)
        let whole = try #require(snapped.integers(weights))
        let applied = quantizer.apply(weights)
        for index in weights.indices {
            #expect(Float(whole.codes[index]) * Float(whole.units[index / 36]) == applied[index])
            #expect((-7...7).contains(whole.codes[index]))
        }
    }
}
