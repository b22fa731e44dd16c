import Quantizers
import Tensors
import TestSupport
import Testing

/// The quantizer "codebook": levels in any spacing, found exactly, on 256 even positions.
@Suite struct CodebookTests {
    private static func histogram(_ values: [Float], over range: ClosedRange<Float>) throws -> Histogram {
        var histogram = try Histogram(lower: range.lowerBound, upper: range.upperBound)
        values.withUnsafeBufferPointer { histogram.add($0) }
        return histogram
    }

    @Test func levelsAreTheMeansOfClusters() throws {
        // Bins are 1 wide and numbers their middles.
        let values: [Float] = [0.5, 0.5, 1.5, 10.5, 11.5, 100.5]
        let histogram = try Self.histogram(values, over: 0...2048)
        let three = LevelSearch.leastSquaredError(count: 3, histogram: histogram)
        #expect(zip(three, [5.0 / 6, 11, 100.5]).allSatisfy { abs($0 - $1) < 1e-4 } && three.count == 3)
        #expect(LevelSearch.leastSquaredError(count: 1, histogram: histogram).map { abs($0 - 20.833333) < 1e-4 } == [true])
        // There are five different numbers, so more levels are not needed.
        #expect(LevelSearch.leastSquaredError(count: 16, histogram: histogram).map { abs($0) } == [0.5, 1.5, 10.5, 11.5, 100.5])
        #expect(LevelSearch.leastSquaredError(count: 4, histogram: try Self.histogram([], over: 0...1)).isEmpty)
    }

    /// Every division of few bins, one after the other, against dynamic programming.
    @Test(arguments: 1...5)
    func noDivisionOfTheBinsIsBetter(count: Int) throws {
        var random = SplitMix64(state: UInt64(count))
        let values = random.floats(12, in: 0...2048).map { $0.rounded(.down) + 0.5 }.sorted()
        let histogram = try Self.histogram(values + [values[3], values[3], values[7]], over: 0...2048)
        func error(_ levels: [Float]) -> Double {
            zip(histogram.centers, histogram.counts).reduce(0) { sum, bin in
                let nearest = levels.map { abs(Double($0) - Double(bin.0)) }.min() ?? .infinity
                return bin.1 == 0 ? sum : sum + Double(bin.1) * nearest * nearest
            }
        }
        let found = error(LevelSearch.leastSquaredError(count: count, histogram: histogram))
        var least = Double.infinity
        let all = values + [values[3], values[3], values[7]]
        let sorted = all.sorted()
        func divide(_ start: Int, _ levels: [Float]) {
            if levels.count == count || start == sorted.count { return least = min(least, error(levels)) }
            for end in (start + 1)...sorted.count where levels.count < count - 1 || end == sorted.count {
                divide(end, levels + [sorted[start..<end].reduce(0, +) / Float(end - start)])
            }
        }
        divide(0, [])
        #expect(abs(found - least) <= 1e-3 * max(least, 1e-6), "\(found) against \(least)")
    }

    private static func fitted(_ values: [Float], bits: Int) throws -> CodebookQuantizer {
        let histogram = try Self.histogram(values, over: #require(values.min())...#require(values.max()))
        let statistics = ActivationStatistics(
            lower: histogram.lower, upper: histogram.upper, percentileAbsolute: 1, histogram: histogram)
        let quantizer = try QuantizerRegistry.standard.fit(name: "codebook", statistics: statistics, bits: bits)
        return try #require(quantizer as? CodebookQuantizer)
    }

    private static func peaked() -> [Float] {
        var random = SplitMix64(state: 4)
        return random.floats(20_000, in: -1...1).map { $0 * $0 * $0 * 10 } + random.floats(100, in: 10...40)
    }

    @Test(arguments: [2, 3, 4, 6])
    func freeLevelsBeatEvenOnes(bits: Int) throws {
        let values = Self.peaked()
        let codebook = try Self.fitted(values, bits: bits)
        #expect(codebook.levels.count == 1 << bits)
        let histogram = try Self.histogram(values, over: #require(values.min())...#require(values.max()))
        let even = try QuantizerRegistry.standard.fit(
            name: "uniform",
            statistics: ActivationStatistics(
                lower: histogram.lower, upper: histogram.upper, percentileAbsolute: 1, histogram: histogram), bits: bits)
        func error(_ quantizer: any ActivationQuantizer) -> Double {
            values.reduce(0) { $0 + Double($1 - quantizer.apply($1)) * Double($1 - quantizer.apply($1)) }
        }
        let snapped = try #require(codebook.snapped())
        #expect(error(codebook) < 0.9 * error(even))
        #expect(error(snapped) < 0.9 * error(even))
    }

    @Test func snappedLevelsAreBytesOfOneUnit() throws {
        let snapped = try #require(try Self.fitted(Self.peaked(), bits: 4).snapped())
        let grid = try #require(snapped.integerGrid)
        #expect(grid.fitsByte && grid.highest - grid.lowest == 255)
        #expect(zip(grid.integers, snapped.levels).allSatisfy { abs(Float($0) * grid.unit - $1) < 1e-4 })
        #expect(zip(grid.integers, snapped.positions).allSatisfy { Int($0) == $1 + grid.lowest })
        // Saved and made again, it is the same quantizer on the same grid.
        let again = try QuantizerRegistry.standard.make(name: "codebook", bits: 4, parameters: snapped.saved)
        #expect(again.levels == snapped.levels && again.integerGrid == grid && again.saved == snapped.saved)
        var encoded = [Int16](repeating: 0, count: 3)
        snapped.encodeIntegers([-100, 0, 100], into: &encoded, count: 3)
        #expect(encoded == [Int16(grid.lowest), grid.integers[snapped.encode(0)], Int16(grid.highest)])
    }

    @Test func illegalPositionsAreRefused() {
        for saved in [
            [0, 1, 0, 300], [0, 1, 1, 255], [0, 1, 0, 10], [0, 1, 0, 7, 7, 255], [0, 1, 0, 9, 7, 255], [0, 1, 0, 0.5, 255], [0],
            [0, 1] + Array(repeating: 3, count: 17), [0, 1, 0, .nan, 255],
        ] as [[Float]] {
            #expect(throws: QuantizerError.self) {
                try QuantizerRegistry.standard.make(name: "codebook", bits: 4, parameters: saved)
            }
        }
    }

    /// Numerical derivatives of q with the distance from a number to its level frozen, as for every quantizer.
    @Test func gradientsMoveTheEnds() throws {
        let quantizer = try CodebookQuantizer(bits: 2, lower: -1, upper: 3, positions: [0, 60, 100, 255])
        for x: Float in [-2, -0.9, 0.1, 0.5, 1.7, 2.9, 5] {
            let found = quantizer.differentiated(at: [x], outputGradient: [1])
            let inside = x > -1 && x < 3
            let level = Double(quantizer.apply(x))
            let error = inside ? (level - Double(x)) / 4 : 0
            #expect(found.input == [inside ? 1 : 0])
            #expect(abs(found.parameters[0] - (x < -1 ? 1 : -error)) < 1e-6, "\(x)")
            #expect(abs(found.parameters[1] - (x > 3 ? 1 : error)) < 1e-6, "\(x)")
        }
    }
}
