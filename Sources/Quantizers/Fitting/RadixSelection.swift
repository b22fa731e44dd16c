/// Finding the n-th largest of many floats in linear time, whatever their order.
enum RadixSelection {
    /// Keeps the `count` largest of `values[..<length]` in `values[..<count]`, in no particular order.
    ///
    /// By 11 bits at a time from the top: what is above the digit of the n-th largest is kept, what shares it goes on, the rest
    /// is dropped. -0 is below +0 here; NaNs are not allowed.
    /// - Returns: the smallest one kept.
    /// - Precondition: `0 < count <= length <= values.count`.
    static func keepLargest(_ count: Int, of length: Int, in values: UnsafeMutableBufferPointer<Float>) -> Float {
        precondition(0 < count && count <= length && length <= values.count)
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { candidates in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: lanes << digitBits) { counts in
                var (kept, wanted, left) = (0, count, length)
                for shift in [21, 10, 0] as [UInt32] {
                    let source = UnsafeBufferPointer(rebasing: (shift == 21 ? values : candidates)[..<left])
                    let boundary = boundaryDigit(of: source, shift: shift, wanted: &wanted, counts: counts)
                    // Always stored, seldom counted: there is nothing to predict in which of them stay.
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

    /// The digit of the `wanted`-th largest; leaves in `wanted` how many are to be taken of those that share it.
    private static func boundaryDigit(
        of source: UnsafeBufferPointer<Float>, shift: UInt32, wanted: inout Int, counts: UnsafeMutableBufferPointer<UInt32>
    ) -> Int {
        counts.update(repeating: 0)
        // Neighbours often share a digit, and adding to the same place again has to wait for the addition before: so they take
        // turns.
        for (index, value) in source.enumerated() { counts[digit(value, shift) &* lanes &+ index & (lanes - 1)] &+= 1 }
        var boundary = (1 << digitBits) - 1
        while true {
            let sharing = (0..<lanes).reduce(0) { $0 + Int(counts[boundary * lanes + $1]) }
            guard sharing < wanted else { return boundary }
            wanted -= sharing
            boundary -= 1
        }
    }

    /// How many counters each digit has.
    private static let lanes = 4
    private static let digitBits: UInt32 = 11

    /// 11 bits (10 at shift 0, where the last bit of the digit before it comes first) of a number that grows with the float.
    private static func digit(_ value: Float, _ shift: UInt32) -> Int {
        let bits = value.bitPattern
        let key = bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
        return Int((key &>> shift) & ((1 << digitBits) - 1))
    }
}
