/// A selection of the n largest of many floats in linear time, whatever their order.
enum RadixSelection {
    /// Moves the `count` largest of `values[..<length]` to `values[..<count]`, in no particular order, and returns the smallest of
    /// them. What `values[count...]` holds afterwards is not defined.
    ///
    /// It goes by digits of 11 bits from the top: numbers whose digit is above that of the n-th largest are kept, those that share
    /// it are candidates for the next digit, and the rest is dropped.
    ///
    /// Edge cases: -0 is below +0 here; NaNs are not allowed.
    /// - Precondition: `0 < count <= length <= values.count`.
    static func keepLargest(_ count: Int, of length: Int, in values: UnsafeMutableBufferPointer<Float>) -> Float {
        precondition(0 < count && count <= length && length <= values.count)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { candidates in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: lanes << digitBits) { counts in
                var (kept, wanted, left) = (0, count, length)
                for shift in [21, 10, 0] as [UInt32] {
                    let source = UnsafeBufferPointer(rebasing: (shift == 21 ? values : candidates)[..<left])
                    let boundary = boundaryDigit(of: source, shift: shift, wanted: &wanted, counts: counts)
                    // Each value is stored in both places, and a counter advances only where it stays: a branch would be
                    // mispredicted too often.
                    var next = 0
                    for value in source {
                        let digit = digit(value, shift)
                        values[kept] = value
                        kept &+= digit > boundary ? 1 : 0
                        candidates[next] = value
                        next &+= digit == boundary ? 1 : 0
                    }
                    left = next
                }
                for i in kept..<count { values[i] = candidates[0] }
                return candidates[0]
            }
        }
    }

    /// Returns the digit of the `wanted`-th largest, and leaves in `wanted` how many of those that share it are still to be taken.
    /// - Parameter counts: scratch memory for `lanes` counters per digit.
    private static func boundaryDigit(
        of source: UnsafeBufferPointer<Float>, shift: UInt32, wanted: inout Int, counts: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        counts.update(repeating: 0)
        // Neighbours often share a digit, and an addition to the same counter has to wait for the one before; so neighbours take
        // turns among `lanes` counters.
        for (index, value) in source.enumerated() { counts[digit(value, shift) &* lanes &+ index & (lanes - 1)] &+= 1 }
        var boundary = (1 << digitBits) - 1
        while true {
            let sharing = (0..<lanes).reduce(0) { $0 + Int(counts[boundary * lanes + $1]) }
            guard sharing < wanted else { return boundary }
            wanted -= sharing
            boundary -= 1
        }
    }

    /// The number of counters per digit.
    private static let lanes = 4
    /// The width of a digit; three of them cover the 32 bits of a float.
    private static let digitBits: UInt32 = 11

    /// Returns 11 bits, from `shift` on, of a whole number that grows with the float. At shift 0 the highest of them was already
    /// part of the digit before, where it does no harm.
    private static func digit(_ value: Float, _ shift: UInt32) -> Int {
        let bits = value.bitPattern
        let key = bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
        return Int((key &>> shift) & ((1 << digitBits) - 1))
    }
}
