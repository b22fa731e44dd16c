internal import CKernels

/// A selector of the exact percentile of a stream of known length; it keeps only the tail that the percentile lies in, because the
/// maps of one batch do not fit into memory otherwise.
///
/// For percentile p of N numbers that is the largest ⌈(1 - p/100) · N⌉ + 1 or so (the smallest, for p below 50), in a buffer of
/// twice that size, from which numbers that are certainly too small are dropped when it is full. Values between two numbers are
/// interpolated linearly, as NumPy does by default.
///
/// Postcondition: the result depends on the numbers alone, not on their order or on how they were divided into pieces.
///
/// Edge cases: the selector is made for finite numbers. NaNs are left out, which shifts the others or leaves no value, and so are
/// infinities that lie beyond the end that is not kept.
public struct TailSelector: Sendable {
    /// The percentile, 0…100.
    public let percentile: Double
    /// The length N of the whole stream.
    public let count: Int
    /// How many numbers have been seen so far.
    public private(set) var seen = 0

    /// The position of the percentile's lower neighbour among all N in ascending order, and how far beyond it the percentile lies
    /// (0..<1).
    private let rank: Int
    private let fraction: Double
    /// Whether the kept tail is the lower one. Numbers are then stored negated, so that the largest stored ones are kept in either
    /// case.
    private let keepsSmallest: Bool
    /// How many of the largest stored numbers must be kept.
    private let needed: Int

    private var buffer: [Float]
    private var used = 0
    /// A number so large that stored numbers at or below it can no longer be among the needed ones.
    private var threshold = -Float.infinity

    /// The least free space in the buffer: below it the buffer is pruned instead of being filled by ever shorter pieces.
    private static let smallestPiece = 1024

    /// Makes a selector that has seen nothing.
    /// - Precondition: `percentile` is in 0…100, `count` is not negative.
    public init(percentile: Double, count: Int) {
        precondition((0...100).contains(percentile), "percentile \(percentile)")
        precondition(count >= 0, "\(count) numbers")
        self.percentile = percentile
        self.count = count
        let position = percentile / 100 * Double(max(count - 1, 0))
        rank = min(Int(position), max(count - 1, 0))
        fraction = position - Double(rank)
        keepsSmallest = percentile < 50
        needed = keepsSmallest ? min(rank + 2, count) : count - rank
        buffer = [Float](repeating: 0, count: 2 * needed + Self.smallestPiece)
    }

    /// Adds the next numbers of the stream, or their magnitudes.
    /// - Precondition: the stream is not longer than `count`.
    public mutating func add(_ values: UnsafeBufferPointer<Float>, absolute: Bool) {
        precondition(values.count <= count - seen, "more than the \(count) numbers that were announced")
        seen += values.count
        keep(values, keepBits: absolute ? 0x7FFF_FFFF : 0xFFFF_FFFF, flipBits: keepsSmallest ? 0x8000_0000 : 0)
    }

    /// Adds what another selector for the same stream has seen.
    /// - Precondition: the same percentile and count, and together not more than `count` numbers.
    public mutating func add(_ other: TailSelector) {
        precondition(percentile == other.percentile && count == other.count, "selectors of different streams")
        precondition(other.seen <= count - seen, "more than the \(count) numbers that were announced")
        seen += other.seen
        other.buffer.withUnsafeBufferPointer {
            keep(UnsafeBufferPointer(rebasing: $0[..<other.used]), keepBits: 0xFFFF_FFFF, flipBits: 0)
        }
    }

    /// The percentile, interpolated linearly between its two neighbours and rounded to a float once. It is nil before the whole
    /// stream has been seen, for an empty stream, and where so many numbers were left out that a neighbour is missing.
    public var value: Float? {
        guard seen == count, used >= needed, needed > 0 else { return nil }
        var values = buffer
        let (nearest, next) = values.withUnsafeMutableBufferPointer { values in
            // The neighbours are those two numbers of the kept tail that are nearest to the middle of the stream.
            let nearest = RadixSelection.keepLargest(needed, of: used, in: values)
            var (equal, next) = (0, Float.infinity)
            for value in values[..<needed] {
                equal &+= value > nearest ? 0 : 1
                next = min(next, value > nearest ? value : .infinity)
            }
            return (nearest, equal > 1 || needed == 1 ? nearest : next)
        }
        let (low, high) = keepsSmallest ? (-next, -nearest) : (nearest, next)
        // Adding 0 makes -0 a +0: equal numbers must not be told apart by their order in the stream.
        guard fraction > 0, low != high else { return low + 0 }
        return Float(Double(low) + (Double(high) - Double(low)) * fraction) + 0
    }

    /// Stores those of the numbers, masked and negated as `keepBits` and `flipBits` say, that are above the threshold.
    private mutating func keep(_ values: UnsafeBufferPointer<Float>, keepBits: UInt32, flipBits: UInt32) {
        guard var next = values.baseAddress else { return }
        var left = values.count
        let (needed, kernels) = (needed, srq_kernels())
        buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            while left > 0 {
                if buffer.count - used < Self.smallestPiece {
                    (threshold, used) = Self.pruned(UnsafeMutableBufferPointer(rebasing: buffer[..<used]), needed: needed)
                }
                let piece = min(left, buffer.count - used)
                used += kernels.pointee.keep_above(next, piece, keepBits, flipBits, threshold, start + used)
                next += piece
                left -= piece
            }
        }
    }

    /// Moves at least the `needed` largest of `values` to its start.
    /// - Returns: a number that all dropped ones are at or below, and how many are left.
    private static func pruned(_ values: UnsafeMutableBufferPointer<Float>, needed: Int) -> (threshold: Float, left: Int) {
        guard let start = values.baseAddress else { return (-.infinity, 0) }
        // An exact selection costs several passes with a scattered access per number. A sample of 512 tells well enough where an
        // eighth more than needed are left; where it does not (many equal numbers, an order that repeats itself) the exact
        // selection is made.
        let sampled = 512
        if needed >= 8 * sampled {
            var sample = (0..<sampled).map { values[$0 * (values.count / sampled)] }
            sample.sort()
            let above = Double(needed) * 1.125 / Double(values.count)
            let threshold = sample[max(0, Int((1 - above) * Double(sampled)))]
            let left = withUnsafeTemporaryAllocation(of: Float.self, capacity: values.count + 1) { above -> Int? in
                guard let kept = above.baseAddress else { return nil }
                let left = srq_kernels().pointee.keep_above(start, values.count, 0xFFFF_FFFF, 0, threshold, kept)
                guard left >= needed, left <= needed + needed / 4 else { return nil }
                start.update(from: kept, count: left)
                return left
            }
            if let left { return (threshold, left) }
        }
        return (RadixSelection.keepLargest(needed, of: values.count, in: values), needed)
    }
}
