import CKernels

/// The extremes and moments of a buffer of numbers, found in one pass and added up over buffers.
struct BufferStatistics {
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var count = 0
    /// Whether the sum of squares is finite in single precision, which proves that all numbers are: the kernels leave NaNs out of
    /// the extremes, but not out of the sums.
    private(set) var isFinite = true

    /// Makes the statistics of no numbers.
    init() {}

    /// Makes the statistics of a buffer.
    init(_ values: UnsafeBufferPointer<Float>) {
        guard let start = values.baseAddress else { return }
        let result = srq_kernels().pointee.statistics(start, values.count)
        (minimum, maximum) = (result.minimum, result.maximum)
        (sum, sumOfSquares, count) = (result.sum, result.sum_of_squares, values.count)
        // The kernel adds up squares in single precision, which a number of 2e19 is too large for; the extremes know no NaN.
        isFinite = sumOfSquares.isFinite
        guard !isFinite, minimum.isFinite, maximum.isFinite else { return }
        sum = values.reduce(0) { $0 + Double($1) }
        sumOfSquares = values.reduce(0) { $0 + Double($1) * Double($1) }
    }

    /// Adds the statistics of another buffer. The order of buffers matters for the last bits of sums.
    static func += (left: inout Self, right: Self) {
        left.minimum = min(left.minimum, right.minimum)
        left.maximum = max(left.maximum, right.maximum)
        left.sum += right.sum
        left.sumOfSquares += right.sumOfSquares
        left.count += right.count
        left.isFinite = left.isFinite && right.isFinite
    }

    /// Whether the standard deviation is a finite number: for any numbers that are finite themselves.
    var hasDeviation: Bool { standardDeviation.isFinite }

    /// The standard deviation by the unbiased estimator, as in PyTorch's `std`; 0 for fewer than two numbers.
    var standardDeviation: Double {
        guard count > 1 else { return 0 }
        let centred = sumOfSquares - sum * sum / Double(count)
        return (max(centred, 0) / Double(count - 1)).squareRoot()
    }
}
