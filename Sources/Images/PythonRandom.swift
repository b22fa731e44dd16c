/// The random numbers of CPython 3's `random.Random(seed)`: Mersenne Twister MT19937 (Matsumoto and Nishimura 1998).
///
/// Published results name their seeds, so the same seed must draw the same patches.
public struct PythonRandom: Sendable {
    private var state: [UInt32]
    private var index: Int

    /// Starts as `random.Random(seed)` does, for a seed that is not negative.
    public init(seed: UInt64) {
        let high = UInt32(truncatingIfNeeded: seed >> 32)
        let key = [UInt32(truncatingIfNeeded: seed)] + (high == 0 ? [] : [high])
        var state = Self.initialState(19_650_218)
        var (i, j) = (1, 0)
        for _ in 0..<max(state.count, key.count) {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_664_525)) &+ key[j] &+ UInt32(j)
            Self.advance(&i, &state)
            j = (j + 1) % key.count
        }
        for _ in 1..<state.count {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_566_083_941)) &- UInt32(i)
            Self.advance(&i, &state)
        }
        state[0] = 0x8000_0000
        self.state = state
        index = state.count
    }

    /// Returns `getrandbits(count)`, for 1…64 bits.
    public mutating func bits(_ count: Int) -> UInt64 {
        precondition((1...64).contains(count), "\(count) random bits")
        guard count > 32 else { return UInt64(word() >> UInt32(32 - count)) }
        let low = UInt64(word())
        return low | UInt64(word() >> UInt32(64 - count)) << 32
    }

    /// Returns `randint(range.lowerBound, range.upperBound)`: both ends included.
    public mutating func integer(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
        // A span of all 2^64 numbers, whose count has 65 bits, needs a third word; nothing here draws from it.
        precondition(span < .max, "a range of all integers")
        return range.lowerBound &+ Int(truncatingIfNeeded: below(span + 1))
    }

    /// Shuffles as `random.shuffle(array)` does.
    public mutating func shuffle<Element>(_ array: inout [Element]) {
        for last in stride(from: array.count - 1, to: 0, by: -1) {
            array.swapAt(last, Int(below(UInt64(last) + 1)))
        }
    }

    /// CPython draws as many bits as `bound` itself has, even for a bound of 1, and rejects what is too large.
    private mutating func below(_ bound: UInt64) -> UInt64 {
        let count = 64 - bound.leadingZeroBitCount
        while true {
            let drawn = bits(count)
            if drawn < bound { return drawn }
        }
    }

    /// Returns the next 32 bits, as `genrand_uint32`.
    private mutating func word() -> UInt32 {
        if index == state.count { renew() }
        var word = state[index]
        index += 1
        word ^= word >> 11
        word ^= (word << 7) & 0x9D2C_5680
        word ^= (word << 15) & 0xEFC6_0000
        return word ^ (word >> 18)
    }

    private mutating func renew() {
        let count = state.count
        for i in 0..<count {
            let mixed = (state[i] & 0x8000_0000) | (state[(i + 1) % count] & 0x7FFF_FFFF)
            state[i] = state[(i + 397) % count] ^ (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_B0DF)
        }
        index = 0
    }

    private static func initialState(_ seed: UInt32) -> [UInt32] {
        var state = [seed]
        state.reserveCapacity(624)
        for i in 1..<624 { state.append((state[i - 1] ^ (state[i - 1] >> 30)) &* 1_812_433_253 &+ UInt32(i)) }
        return state
    }

    private static func advance(_ i: inout Int, _ state: inout [UInt32]) {
        i += 1
        if i == state.count {
            state[0] = state[i - 1]
            i = 1
        }
    }
}
