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
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << digitBits) { counts in
                var (kept, wanted, left) = (0, count, length)
                for shift in [21, 10, 0] as [UInt32] {
                    let source = shift == 21 ? values : candidates
                    counts.update(repeating: 0)
                    for i in 0..<left { counts[digit(source[i], shift)] += 1 }
                    var boundary = counts.count - 1
                    while counts[boundary] < wanted {
                        wanted -= counts[boundary]
                        boundary -= 1
                    }
                    // Always stored, seldom counted: there is nothing to predict in which of them stay.
                    var next = 0
                    for i in 0..<left {
                        let value = source[i]
                        let digit = digit(value, shift)
                        values[kept] = value
                        kept += digit > boundary ? 1 : 0
                        candidates[next] = value
                        next += digit == boundary ? 1 : 0
                    }
                    left = next
                }
                for i in kept..<count { values[i] = candidates[0] }
                return candidates[0]
            }
        }
    }

    private static let digitBits: UInt32 = 11

    /// 11 bits (10 at shift 0, where the last bit of the digit before it comes first) of a number that grows with the float.
    private static func digit(_ value: Float, _ shift: UInt32) -> Int {
        let bits = value.bitPattern
        let key = bits & 0x8000_0000 != 0 ? ~bits : bits | 0x8000_0000
        return Int((key >> shift) & ((1 << digitBits) - 1))
    }
}
