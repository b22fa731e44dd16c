import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct IntegerGridTests {
    static let readings = PiecewiseLinearReading.allCases

    private func encoded(_ quantizer: any ActivationQuantizer, _ x: [Float]) -> [Int16] {
        var y = [Int16](repeating: 12345, count: x.count)
        quantizer.encodeIntegers(x, into: &y, count: x.count)
        return y
    }

    private func piecewise(
        _ reading: PiecewiseLinearReading, bits: Int = 4, _ lower: Float, _ upper: Float, _ breakpoint: Float
    ) throws -> PiecewiseLinearQuantizer {
        try PiecewiseLinearQuantizer(reading: reading, bits: bits, lower: lower, upper: upper, breakpoint: breakpoint)
    }

    // MARK: - By hand

    @Test func aRangeFromZeroIsCountedInSteps() throws {
        let quantizer = try UniformQuantizer(bits: 4, lower: 0, upper: 7.3)
        let grid = try #require(quantizer.integerGrid)
        #expect(grid.integers == Array(0...15) && grid.unit == 7.3 / 15)
        #expect(try #require(quantizer.snapped()).parameters == quantizer.parameters)
    }

    @Test func lowerMovesToASeventeenthOfAFourBitStep() throws {
        // The step is 0.2, a unit 0.2 / 17, and -0.97 lies at -82.45 of them.
        let quantizer = try UniformQuantizer(bits: 4, lower: -0.97, upper: 2.03)
        #expect(quantizer.integerGrid == nil)
        let snapped = try #require(quantizer.snapped())
        let grid = try #require(snapped.integerGrid)
        #expect(grid.integers == (0...15).map { -82 + 17 * $0 })
        #expect(abs(grid.unit - 0.2 / 17) < 1e-8 && abs(snapped.lower + 82 * 0.2 / 17) < 1e-6)
        #expect(abs(snapped.upper - snapped.lower - 3) < 1e-6)
        #expect(abs(quantizer.movement(to: snapped) - (0.97 - 82 * 0.2 / 17) / 3) < 1e-6)
    }

    @Test func eightBitsHaveAnOrdinaryZeroPoint() throws {
        let snapped = try #require(try UniformQuantizer(bits: 8, lower: -10.3, upper: 15.2).snapped())
        #expect(try #require(snapped.integerGrid).integers == (0...255).map { -103 + $0 })
        let moved = try #require(try UniformQuantizer(bits: 8, lower: -10.33, upper: 15.17).snapped())
        #expect(try #require(moved.integerGrid).integers == (0...255).map { -103 + $0 })
        #expect(abs(moved.lower + 10.3) < 1e-5)
    }

    @Test func thirdsOfAStepAreFoundWithoutMovingAnything() throws {
        let quantizer = try UniformQuantizer(bits: 4, lower: -4 / 3, upper: 15 - 4 / 3)
        let grid = try #require(quantizer.integerGrid)
        #expect(grid.integers == (0...15).map { -4 + 3 * $0 } && abs(grid.unit - 1 / 3) < 1e-6)
        #expect(try #require(quantizer.snapped()).parameters == quantizer.parameters)
    }

    @Test func aRangeFarFromZeroHasNoGrid() throws {
        #expect(try UniformQuantizer(bits: 4, lower: 1000, upper: 1001).snapped() == nil)
        // 1001.3 steps of 0.1 away: half a step is the smallest unit for which 2047 are enough.
        let far = try #require(try UniformQuantizer(bits: 4, lower: 100.13, upper: 101.63).snapped()?.integerGrid)
        #expect(far.integers == (0...15).map { 2003 + 2 * $0 } && far.fitsByte)
    }

    /// bp / n₁ is 1. Tail steps are 4.35 and 7.633; with m = 5 they round to 22 and 38 units and the levels span 250, with m = 6
    /// they would span 300.
    @Test func tailsOfTheLiteralReadingBecomeWholeSteps() throws {
        let snapped = try #require(try piecewise(.literal, -20.05, 29.9, 7).snapped())
        let grid = try #require(snapped.integerGrid)
        #expect(grid.integers == [-101, -79, -57, -35, -30, -20, -10, 0, 10, 20, 30, 35, 73, 111, 149])
        #expect(grid.unit == 0.2 && snapped.parameters == [-20.2, 29.8, 7] && grid.fitsByte)
    }

    @Test func denseLevelsOfTheOffsetReadingAreOddMultiples() throws {
        let grid = try #require(try piecewise(.offset, -20.05, 29.9, 7).snapped()?.integerGrid)
        #expect(grid.integers == [-101, -79, -57, -35, -25, -15, -5, 5, 15, 25, 35, 73, 111, 149])
    }

    @Test func oneSidedLevelsStartAtZero() throws {
        let whole = try #require(try piecewise(.oneSided, 0, 31, 7).integerGrid)
        #expect(whole.integers == Array(0...7) + [10, 13, 16, 19, 22, 25, 28, 31] && whole.unit == 1)
        // A tail step of 2.9125: with m = 8 it is 23 units and the highest integer 240, with m = 9 it would be 271.
        let snapped = try #require(try piecewise(.oneSided, 0, 30.3, 7).snapped())
        #expect(snapped.upper == 30)
        #expect(try #require(snapped.integerGrid).integers == (0...7).map { 8 * $0 } + (1...8).map { 56 + 23 * $0 })
    }

    @Test func anEmptyTailStaysEmpty() throws {
        // No outliers below: -bp is a level, lower is not, and does not move. m = 5: 70 + 3 · 58.
        let relu = try #require(try piecewise(.literal, 0, 41.8, 7).snapped())
        #expect(relu.lower == 0)
        #expect(
            try #require(relu.integerGrid).integers == [-35, -30, -20, -10, 0, 10, 20, 30, 35, 93, 151, 209])
        // None above: upper is a level, at 0.8 · 7 / 2.5 units.
        let below = try #require(try piecewise(.literal, -9, 0.8, 2.5).snapped())
        let grid = try #require(below.integerGrid)
        #expect(below.upper <= 2.5 && abs(below.upper - 0.8) <= grid.unit / 2)
        #expect(below.apply(2.6) == below.upper && grid.integers.contains(Int16((below.upper / grid.unit).rounded())))
    }

    @Test func integersOfExtremeOutliersHaveSixteenBits() throws {
        // (60 - 1) / 3 · 7 is 137.67.
        let wide = try #require(try piecewise(.literal, -60, 60, 1).snapped()?.integerGrid)
        #expect(!wide.fitsByte && wide.highest == 7 + 3 * 138 && wide.lowest == -wide.highest)
        let cut = try #require(try piecewise(.literal, -1, 1000, 1).snapped())
        #expect(try #require(cut.integerGrid).highest == 2047)
        #expect(abs(cut.upper - 2047.0 / 7) < 1e-3)
    }

    @Test func levelsChosenByHandHaveNoGrid() throws {
        let quantizer = try LevelQuantizer(bits: 2, levels: [-1, 0, 1, 2])
        #expect(quantizer.integerGrid == nil && quantizer.snapped() == nil)
    }

    @Test func aLittleOffTheGridIsOffTheGrid() throws {
        #expect(try piecewise(.literal, -20.2, 29.8, 7).integerGrid != nil)
        #expect(try piecewise(.literal, -20.2, 29.801, 7).integerGrid == nil)
        #expect(try UniformQuantizer(bits: 8, lower: -10.301, upper: 15.199).integerGrid == nil)
    }

    // MARK: - Any parameters

    /// Ranges as calibration finds them, and breakpoints from the middle of nothing to the end.
    private func randomQuantizers(bits: Int) throws -> [any ActivationQuantizer] {
        var random = SplitMix64(state: UInt64(bits))
        var result: [any ActivationQuantizer] = []
        for _ in 0..<150 {
            let size = Float.random(in: 0.01...300, using: &random)
            let upper = size * Float.random(in: 0.05...1, using: &random)
            let below = -size * Float.random(in: 0...1, using: &random)
            let lowers: [Float] = [0, -upper, below, 0.2 * upper]
            let lower = lowers[Int.random(in: 0..<lowers.count, using: &random)]
            result.append(try UniformQuantizer(bits: bits, lower: lower, upper: upper))
            guard PiecewiseLinearQuantizer.supportedBits.contains(bits) else { continue }
            let breakpoint = size * Float.random(in: 0.03...1, using: &random)
            for reading in Self.readings { result.append(try piecewise(reading, bits: bits, lower, upper, breakpoint)) }
        }
        return result
    }

    @Test(arguments: 2...8)
    func everyQuantizerSnapsToAGridOnceAndForAll(bits: Int) throws {
        for quantizer in try randomQuantizers(bits: bits) {
            let comment: Comment = "\(quantizer.name) \(quantizer.parameters)"
            let snapped = try #require(quantizer.snapped(), comment)
            let grid = try #require(snapped.integerGrid, comment)
            #expect(try #require(snapped.snapped()).parameters == snapped.parameters, comment)
            let again = try QuantizerRegistry.standard.make(name: snapped.name, bits: bits, parameters: snapped.saved)
            #expect(again.integerGrid == grid, comment)
            #expect(grid.integers.count == snapped.levels.count, comment)
            #expect(zip(grid.integers, grid.integers.dropFirst()).allSatisfy { $0 <= $1 }, comment)
            let largest = max(abs(snapped.levels[0]), abs(snapped.levels[snapped.levels.count - 1]))
            for (level, integer) in zip(snapped.levels, grid.integers) {
                #expect(abs(Double(level) - Double(integer) * Double(grid.unit)) <= 1e-5 * Double(largest), comment)
            }
        }
    }

    @Test(arguments: 2...8)
    func uniformRangesMoveByHalfAUnitAtMost(bits: Int) throws {
        for case let quantizer as UniformQuantizer in try randomQuantizers(bits: bits) {
            let snapped = try #require(quantizer.snapped())
            let unit = try #require(snapped.integerGrid).unit
            let rounding = 1e-5 * max(abs(quantizer.lower), abs(quantizer.upper))
            #expect(abs(snapped.lower - quantizer.lower) <= unit / 2 + rounding)
            #expect(abs((snapped.upper - snapped.lower) - (quantizer.upper - quantizer.lower)) <= rounding)
        }
    }

    @Test(arguments: 3...8)
    func piecewiseLinearLevelsMoveByHalfAUnitPerStepOfTheirTail(bits: Int) throws {
        var bytes = 0
        for case let quantizer as PiecewiseLinearQuantizer in try randomQuantizers(bits: bits) {
            let comment: Comment = "\(quantizer.name) \(quantizer.parameters)"
            let snapped = try #require(quantizer.snapped())
            let grid = try #require(snapped.integerGrid)
            #expect(snapped.breakpoint == quantizer.breakpoint, comment)
            #expect((snapped.upper > snapped.breakpoint) == (quantizer.upper > quantizer.breakpoint), comment)
            #expect((-snapped.lower > snapped.breakpoint) == (-quantizer.lower > quantizer.breakpoint), comment)
            #expect((snapped.lower >= 0) == (quantizer.lower >= 0), comment)
            guard grid.fitsByte else { continue }
            bytes += 1
            // The level of an empty upper tail may fall on a dense one.
            let lost = quantizer.levels.count - snapped.levels.count
            #expect(lost == 0 || (lost == 1 && quantizer.upper < quantizer.breakpoint), comment)
            let oneSided = quantizer.reading == .oneSided && quantizer.lower >= 0
            let tailSteps = Float(oneSided ? 1 << (bits - 1) : (1 << (bits - 2)) - 1)
            for old in quantizer.levels {
                let tail = old > 0 ? quantizer.upper : -quantizer.lower
                let end = max(tail - quantizer.breakpoint, 0)
                // How far along its tail the level is, in steps; what is below half a unit per step is raised to a whole one.
                let steps = end > 0 ? max(abs(old) - quantizer.breakpoint, 0) / end * tailSteps : 1
                let perStep = end / tailSteps < grid.unit / 2 ? grid.unit : grid.unit / 2
                let rounding = 1e-5 * max(abs(quantizer.lower), abs(quantizer.upper))
                let distance = snapped.levels.reduce(Float.infinity) { min($0, abs($1 - old)) }
                #expect(distance <= steps * perStep + rounding, comment)
            }
        }
        #expect(bytes > 0)
    }

    /// The search for the largest m written out in whole numbers.
    @Test(arguments: readings, 3...8)
    func theSmallestUnitThatBytesCanCountIsTaken(reading: PiecewiseLinearReading, bits: Int) throws {
        var random = SplitMix64(state: UInt64(100 + bits))
        var (bytes, words) = (0, 0)
        for _ in 0..<200 {
            let breakpoint = Float.random(in: 0.1...50, using: &random)
            let upper = breakpoint * Float.random(in: 1.2...12, using: &random)
            let lower = reading == .oneSided ? 0 : -breakpoint * Float.random(in: 1.2...12, using: &random)
            let dense = (1 << (bits - 1)) - 1
            let tail = reading == .oneSided ? 1 << (bits - 1) : (1 << (bits - 2)) - 1
            func steps(_ end: Float, _ m: Int) -> Int {
                let exact = Double(end - breakpoint) / Double(tail) / (Double(breakpoint) / Double(dense)) * Double(m)
                return min(max(Int(exact.rounded()), 1), (2047 - dense * m) / tail)
            }
            func integers(_ m: Int) -> (all: [Int], divisor: Int) {
                let above = (1...tail).map { dense * m + $0 * steps(upper, m) }
                if reading == .oneSided { return ((0...dense).map { $0 * m } + above, divisor(m, steps(upper, m))) }
                let below = (1...tail).map { -dense * m - $0 * steps(-lower, m) }
                let middle =
                    reading == .offset
                    ? (0...dense).map { (2 * $0 - dense) * m }
                    : [-dense * m] + ((1 - dense) / 2...(dense - 1) / 2).map { 2 * $0 * m } + [dense * m]
                return (below.reversed() + middle + above, divisor(divisor(m, steps(upper, m)), steps(-lower, m)))
            }
            func span(_ m: Int) -> Int { integers(m).all.reduce(0) { max($0, $1) } - integers(m).all.reduce(0) { min($0, $1) } }
            let m = (1...85).last { $0 * dense < 256 && span($0) <= 255 } ?? 1
            let expected = integers(m)

            let quantizer = try piecewise(reading, bits: bits, lower, upper, breakpoint)
            // What lies on a grid of its own accord stays.
            guard quantizer.integerGrid == nil else { continue }
            let grid = try #require(quantizer.snapped()?.integerGrid)
            #expect(grid.integers.map(Int.init) == expected.all.map { $0 / expected.divisor }, "\(lower) \(upper) \(breakpoint)")
            if grid.fitsByte { bytes += 1 } else { words += 1 }
        }
        #expect(bytes > 0 || bits > 6)
        #expect(words > 0 || bits < 6)

        func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    }

    // MARK: - Encoding

    @Test func encodedIntegersAreThoseOfTheLevelsThatApplyPicks() throws {
        var random = SplitMix64(state: 9)
        var seen: Set<String> = []
        let all = try assortedQuantizers() + (2...8).flatMap { try randomQuantizers(bits: $0) }
        for quantizer in all.compactMap({ $0.snapped() }) {
            let grid = try #require(quantizer.integerGrid)
            let reach = 1.3 * max(abs(quantizer.parameters[0]), abs(quantizer.parameters[1]))
            let x = random.floats(300, in: -reach...reach) + hardInputs(quantizer) + [.infinity, -.infinity, .nan]
            let expected = x.map { grid.integers[quantizer.encode($0)] }
            #expect(encoded(quantizer, x) == expected, "\(quantizer.name) \(quantizer.bits) bits \(quantizer.parameters)")
            seen.insert(quantizer.name)
        }
        #expect(seen == Set(QuantizerRegistry.standard.names))
    }

    @Test func theFewestNumbersAreEncodedAlone() throws {
        let quantizer = try #require(try piecewise(.literal, -20.05, 29.9, 7).snapped())
        for count in 0...40 {
            var y = [Int16](repeating: 12345, count: count + 1)
            let x = (0..<count).map { Float($0) - 20 }
            quantizer.encodeIntegers(x, into: &y, count: count)
            #expect(y[count] == 12345)
            #expect(Array(y.prefix(count)) == encoded(quantizer, x + [1, 2, 3]).dropLast(3))
        }
    }
}
