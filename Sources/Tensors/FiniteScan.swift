/// A scan for numbers that are not finite, several times as fast as asking each number in turn.
extension UnsafeBufferPointer<Float> {
    /// Whether no number is infinite or a NaN. True for no numbers.
    package var allFinite: Bool {
        // Without the sign, the bits of infinity and of a NaN are the largest.
        var bits: UInt32 = 0
        var index = 0  // A range would make debug builds several times slower.
        while index < count {
            bits = Swift.max(bits, self[index].bitPattern & 0x7FFF_FFFF)
            index += 1
        }
        return bits < Float.infinity.bitPattern
    }
}

extension [Float] {
    /// Whether no number is infinite or a NaN. True for no numbers.
    package var allFinite: Bool { withUnsafeBufferPointer(\.allFinite) }

    /// The first number that is infinite or a NaN; nil where all are finite.
    package var firstNotFinite: Float? { allFinite ? nil : first { !$0.isFinite } }
}
