import Images
import Testing

/// The random numbers are those of Python; the expected ones were made with `python3 Tests/ImagesTests/golden/draws.py`.
@Suite struct PythonRandomTests {
    struct Draws: Sendable {
        let seed: UInt64
        let small: [Int]
        let sign, wide,
            wider: Int
        let word: UInt64
        let bit: UInt64
    }

    @Test(arguments: [
        Draws(
            seed: 0, small: [6, 6, 0, 4, 8], sign: 1, wide: 669_284_121_952,
            wider: 4_179_975_993_257_213_319, word: 10_761_499_191_158_579_119, bit: 1),
        Draws(
            seed: 1, small: [2, 9, 1, 4, 1], sign: 2, wide: 207_060_179_245,
            wider: -4_088_767_460_211_938_174, word: 15_417_145_005_318_368_486, bit: 0),
        Draws(
            seed: 4_294_967_295, small: [10, 9, 3, 3, 9], sign: 4, wide: 778_590_199_395,
            wider: 4_560_497_373_687_469_360, word: 1_185_637_178_501_414_709, bit: 0),
        Draws(
            seed: 4_294_967_296, small: [1, 5, 6, 0, 0], sign: 3, wide: 996_409_757_029,
            wider: -2_064_471_645_324_221_272, word: 15_097_901_349_710_719_040, bit: 1),
        Draws(
            seed: .max, small: [0, 3, 5, 9, 3], sign: 4, wide: 815_617_776_582,
            wider: 4_052_870_591_790_359_868, word: 16_206_507_732_152_259_700, bit: 1),
    ])
    func drawsWhatPythonDraws(expected: Draws) {
        var random = PythonRandom(seed: expected.seed)
        #expect((0..<5).map { _ in random.integer(in: 0...10) } == expected.small)
        #expect(random.integer(in: 0...0) == 0)
        #expect(random.integer(in: -5...5) == expected.sign)
        #expect(random.integer(in: 0...1 << 40) == expected.wide)
        #expect(random.integer(in: -(1 << 62)...(1 << 62) - 1) == expected.wider)
        #expect(random.bits(64) == expected.word)
        #expect(random.bits(1) == expected.bit)
    }

    @Test func shufflesLikePython() {
        var random = PythonRandom(seed: 1)
        var items = Array(0..<10)
        random.shuffle(&items)
        #expect(items == [6, 8, 9, 7, 5, 3, 0, 4, 1, 2])
        #expect(random.integer(in: 0...99) == 26)
        var nothing: [Int] = []
        random.shuffle(&nothing)
        #expect(nothing.isEmpty)
    }

    @Test func stateIsRenewedCorrectlyManyTimes() {
        var random = PythonRandom(seed: 5)
        #expect((0..<2000).map { _ in random.bits(32) }.suffix(2) == [2_123_333_229, 2_894_893_787])
    }

    @Test func theWidestRangesStayInside() {
        var random = PythonRandom(seed: 9)
        for _ in 0..<100 {
            #expect(random.integer(in: Int.min...Int.max - 1) < Int.max)
            #expect(random.integer(in: Int.max - 1...Int.max) >= Int.max - 1)
        }
    }
}
