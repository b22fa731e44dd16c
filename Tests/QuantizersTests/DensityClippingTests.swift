import Quantizers
import Testing

/// PTQ4SR's double clipping on histograms small enough to follow by hand: 2048 bins of width 1, a value at b + 0.5 falls into bin
/// b.
@Suite struct DensityClippingTests {
    private static func histogram(_ counts: [Int: Int]) throws -> Histogram {
        var histogram = try Histogram(lower: 0, upper: 2048)
        for (bin, count) in counts {
            [Float](repeating: Float(bin) + 0.5, count: count).withUnsafeBufferPointer { histogram.add($0) }
        }
        return histogram
    }

    @Test func theEmptierEdgeGoesFirst() throws {
        // 100 values. A tenth may go: the 4 at the top, then the 3 at the bottom, then 5 more at the bottom.
        let histogram = try Self.histogram([0: 3, 1: 5, 2: 40, 1000: 48, 2047: 4])
        let range = DensityClipping(share: 0.1).range(of: histogram)
        // Lower edge: 3 < 4 → bin 0 (97 left); then 5 against 4 → bin 2047 (93 left) and the empty ones down to 1000;
        // 5 < 48 → bin 1 (88 ≤ 90 left: stop). The upper edges of bins 2 and 1000.
        #expect(range == (3, 1001))
    }

    @Test func emptyBinsCostNothing() throws {
        let histogram = try Self.histogram([500: 50, 700: 50])
        // Of two equally empty edges the upper goes; one side must be broken into before anything is gone.
        let range = DensityClipping(share: 0.25).range(of: histogram)
        // From the top down to 700, from the bottom up to 500, then of equals the upper again: 50 left, at bin 500 or more.
        #expect(range == (501, 700))
    }

    @Test func nothingIsDroppedForAShareOfZeroButTheReleasedCodesFirstBin() throws {
        let histogram = try Self.histogram([0: 1, 10: 5, 2047: 2])
        #expect(DensityClipping(share: 0).range(of: histogram) == (1, 2048))
    }

    @Test func oneBinIsAlwaysLeft() throws {
        let histogram = try Self.histogram([77: 9])
        #expect(DensityClipping(share: 0.999).range(of: histogram) == (78, 78))
        let flat = try Histogram(lower: 5, upper: 5)
        #expect(DensityClipping(share: 0.1).range(of: flat) == (5, 5))
    }

    @Test func theShareDecidesAndLayersOfEightBitsHaveTheirOwn() throws {
        let ranges = ActivationStatistics.DensityRanges(
            narrow: .init(lower: -1, upper: 2), wide: .init(lower: -3, upper: 4))
        let statistics = ActivationStatistics(lower: -9, upper: 9, percentileAbsolute: 1, densityRanges: ranges)
        let registry = QuantizerRegistry.standard
        #expect(try registry.fit(name: "ptq4sr", statistics: statistics, bits: 4).parameters == [-1, 2])
        #expect(try registry.fit(name: "ptq4sr", statistics: statistics, bits: 8).parameters == [-3, 4])
    }
}
