import Quantizers
import Tensors
import TestSupport
import Testing

@Suite struct LevelQuantizerTests {
    private let levels: [Float] = [-3, -0.5, 0, 0.25, 8]

    @Test func takesTheNearestLevelAndTheLowerOfTwo() throws {
        let quantizer = try LevelQuantizer(bits: 3, levels: levels)
        let expected: [(Float, Float)] = [
            (-100, -3), (-3, -3), (-1.75, -3), (-1.749, -0.5), (-0.25, -0.5), (-0.249, 0), (0.125, 0), (0.126, 0.25), (4.125, 0.25),
            (4.2, 8), (8, 8), (.infinity, 8), (-.infinity, -3), (-0.0, 0),
        ]
        for (x, y) in expected { #expect(quantizer.apply(x) == y, "\(x)") }
        #expect(quantizer.apply(.nan).isNaN && quantizer.encode(.nan) == 0)
    }

    /// The quantizer must give what trying every level gives.
    @Test(arguments: [1, 2, 3, 15, 16, 17, 255, 256])
    func anyNumberOfLevelsIsSearchedRightly(count: Int) throws {
        var random = SplitMix64(state: UInt64(count))
        let levels = Set(random.floats(count, in: -50...50)).sorted()
        let quantizer = try LevelQuantizer(bits: 8, levels: levels)
        for x in random.floats(500, in: -60...60) + levels + [.infinity, -.infinity] {
            let nearest = levels.min { abs(x - $0) < abs(x - $1) }
            let y = quantizer.apply(x)
            #expect(x.isFinite ? abs(x - y) <= abs(x - (nearest ?? .nan)) : y == (x > 0 ? levels.last : levels.first))
            #expect(levels[quantizer.encode(x)].bitPattern == y.bitPattern)
        }
    }

    @Test func gradientsPassBetweenTheOutermostLevels() throws {
        let quantizer = try LevelQuantizer(bits: 3, levels: levels)
        let x: [Float] = [-4, -3, -2.9, 0, 7.9, 8, 9]
        let gradient = quantizer.differentiated(at: x, outputGradient: [2, 2, 2, 2, 2, 2, 2])
        #expect(gradient.input == [0, 1, 2, 2, 2, 1, 0])
        #expect(gradient.parameters.isEmpty && quantizer.parameters.isEmpty)
    }

    @Test func whatIsNoListOfLevelsIsRefused() {
        func message(_ bits: Int, _ levels: [Float]) -> String? {
            do throws(QuantizerError) { _ = try LevelQuantizer(bits: bits, levels: levels) } catch { return error.description }
            return nil
        }
        #expect(message(2, [1, 2, 3, 4, 5]) == "5 levels do not fit 2 bits, which have 1...4")
        #expect(message(2, []) == "0 levels do not fit 2 bits, which have 1...4")
        #expect(message(2, [1, 1]) == "levels must ascend, but 1.0 is followed by 1.0")
        #expect(message(2, [2, 1])?.contains("2.0 is followed by 1.0") == true)
        #expect(message(2, [1, .nan])?.contains("finite") == true)
        #expect(message(2, [1, .infinity])?.contains("finite") == true)
        #expect(message(1, [1])?.contains("bits") == true && message(9, [1])?.contains("bits") == true)
    }

    @Test func comesBackFromItsSavedLevels() throws {
        let quantizer = try LevelQuantizer(bits: 3, levels: levels)
        let again = try QuantizerRegistry.standard.make(name: quantizer.name, bits: 3, parameters: quantizer.saved)
        #expect(again.levels == levels && again.bits == 3 && again.name == "levels")
        #expect(try quantizer.withBits(8).levels == levels)
        #expect(throws: QuantizerError.self) { try quantizer.withBits(2) }
    }
}
