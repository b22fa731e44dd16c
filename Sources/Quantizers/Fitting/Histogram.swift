internal import CKernels
public import Tensors

/// A histogram: counts of numbers in 2048 equal bins over `[lower, upper]`.
public struct Histogram: Sendable, Equatable {
    /// The number of bins.
    public static let bins = 2048

    /// The ends of the range that the bins divide.
    public let lower, upper: Float
    /// How many numbers fell into each bin, from the lowest bin to the highest.
    public private(set) var counts: [UInt64]

    /// Makes an empty histogram.
    ///
    /// Edge cases: where `upper` ≤ `lower`, every number falls into the first bin, at `lower`.
    /// - Throws: `.notFinite` for an end.
    public init(lower: Float, upper: Float) throws(QuantizerError) {
        try requireFinite(lower, "the histogram's lower end")
        try requireFinite(upper, "the histogram's upper end")
        self.lower = lower
        self.upper = max(lower, upper)
        counts = [UInt64](repeating: 0, count: Self.bins)
    }

    /// Makes the histogram of numbers over their own range.
    /// - Throws: `.notFinite` where the smallest or the largest number is not finite, and for no numbers at all.
    public init(of values: UnsafeBufferPointer<Float>) throws(QuantizerError) {
        let extremes = values.baseAddress.map { srq_kernels().pointee.statistics($0, values.count) }
        try self.init(lower: extremes?.minimum ?? .nan, upper: extremes?.maximum ?? .nan)
        add(values)
    }

    /// Counts more numbers. Those beyond the ends go into the outermost bins, NaNs into the first.
    public mutating func add(_ values: UnsafeBufferPointer<Float>) {
        guard let start = values.baseAddress else { return }
        let binsPerUnit = upper > lower ? Float(Self.bins) / (upper - lower) : 0
        counts.withUnsafeMutableBufferPointer { counts in
            guard let first = counts.baseAddress else { return }
            srq_histogram_add(start, values.count, lower, binsPerUnit, first, counts.count)
        }
    }

    /// Adds the counts of another histogram.
    /// - Precondition: both cover the same range.
    public mutating func add(_ other: Histogram) {
        precondition(lower == other.lower && upper == other.upper, "histograms of different ranges")
        for bin in counts.indices { counts[bin] += other.counts[bin] }
    }

    /// The middle of every bin, ascending.
    public var centers: [Float] {
        let width = (Double(upper) - Double(lower)) / Double(Self.bins)
        return (0..<Self.bins).map { Float(Double(lower) + (Double($0) + 0.5) * width) }
    }

    /// Returns the sum of squared errors that a function makes if every number is the middle of its bin: Σ count · (center -
    /// f(center))² over all bins, in double precision and in order.
    public func squaredError(of function: some ElementwiseFunction) -> Double {
        let centers = centers
        var outputs = centers
        outputs.withUnsafeMutableBufferPointer { outputs in
            guard let start = outputs.baseAddress else { return }
            function.apply(start, into: start, count: outputs.count)
        }
        var sum = 0.0
        for bin in counts.indices {
            let difference = Double(centers[bin]) - Double(outputs[bin])
            sum += Double(counts[bin]) * (difference * difference)
        }
        return sum
    }
}
