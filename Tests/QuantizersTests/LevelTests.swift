import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct LevelTests {
    @Test func applyIsTheDecodedCodeBitForBit() throws {
        var random = SplitMix64(state: 1)
        for quantizer in try assortedQuantizers() {
            let reach = 1.3 * max(abs(quantizer.parameters[0]), abs(quantizer.parameters[1]))
            let dense = (0...1000).map { reach * (Float($0) / 500 - 1) }
            let x = dense + random.floats(500, in: -reach...reach) + hardInputs(quantizer) + [.infinity, -.infinity]
            let levels = quantizer.levels
            for (x, y) in zip(x, quantizer.applied(to: x)) {
                let code = quantizer.encode(x)
                guard levels.indices.contains(code), levels[code].bitPattern == y.bitPattern else {
                    Issue.record("\(quantizer.name) \(quantizer.bits) bits \(quantizer.parameters): \(x) -> \(y), code \(code)")
                    break
                }
            }
        }
    }

    @Test func levelsAscendAndFitTheBits() throws {
        for quantizer in try assortedQuantizers() {
            #expect(!quantizer.levels.isEmpty && quantizer.levels.count <= 1 << quantizer.bits)
            #expect(zip(quantizer.levels, quantizer.levels.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    /// The numbers of distinct levels are those of docs/method.md, "The three readings of Eq. 3".
    @Test(arguments: 3...8)
    func everyReadingHasItsNumberOfLevels(bits: Int) throws {
        func count(_ reading: PiecewiseLinearReading, lower: Float) throws -> Int {
            try PiecewiseLinearQuantizer(reading: reading, bits: bits, lower: lower, upper: 9, breakpoint: 2).levels.count
        }
        #expect(try count(.literal, lower: -8) == (1 << bits) - 1)
        #expect(try count(.offset, lower: -8) == (1 << bits) - 2)
        #expect(try count(.oneSided, lower: 0) == 1 << bits)
        #expect(try count(.oneSided, lower: -8) == (1 << bits) - 1)
        #expect(try UniformQuantizer(bits: bits, lower: -8, upper: 9).levels.count == 1 << bits)
    }

    @Test func literalReadingKeepsZeroAndOffsetReadingDoesNot() throws {
        let literal = try PiecewiseLinearQuantizer(reading: .literal, bits: 4, lower: -8, upper: 9, breakpoint: 2)
        let offset = try PiecewiseLinearQuantizer(reading: .offset, bits: 4, lower: -8, upper: 9, breakpoint: 2)
        #expect(literal.apply(0) == 0)
        #expect(abs(offset.apply(0)) > 0.1)
    }

    @Test func aQuantizedNumberStaysWhereItIs() throws {
        for quantizer in try assortedQuantizers() where quantizer.name == "minmax" && quantizer.parameters[1] < 1e6 {
            #expect(quantizer.applied(to: quantizer.levels) == quantizer.levels)
        }
    }

    @Test func nanStaysNaN() throws {
        for quantizer in try assortedQuantizers() {
            #expect(quantizer.apply(.nan).isNaN)
            #expect(quantizer.encode(.nan) == 0)
        }
    }
}
