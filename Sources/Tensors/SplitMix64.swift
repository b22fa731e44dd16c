/// The random number generator SplitMix64 (Steele, Lea and Flood, 2014), chosen because it gives the same numbers for the same
/// state in any language.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Makes a generator; the state is the seed.
    package init(state: UInt64) { self.state = state }

    /// Returns the next 64 bits and advances the state.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
