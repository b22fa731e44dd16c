import CKernels

/// Extremes and moments of a buffer, in one pass.
struct BufferStatistics {
    private(set) var minimum = Float.infinity
    private(set) var maximum = -Float.infinity
    private var sum = 0.0
    private var sumOfSquares = 0.0
    private var count = 0

    init() {}

    init(_ values: UnsafeBufferPointer<Float>) {
        guard let start = values.baseAddress else { return }
        let result = srq_kernels().pointee.statistics(start, values.count)
        (minimum, maximum) = (result.minimum, result.maximum)
        (sum, sumOfSquares, count) = (result.sum, result.sum_of_squares, values.count)
    }

    static func += (left: inout Self, right: Self) {
        left.minimum = min(left.minimum, right.minimum)
        left.maximum = max(left.maximum, right.maximum)
        left.sum += right.sum
        left.sumOfSquares += right.sumOfSquares
        left.count += right.count
    }

    var isFinite: Bool { sumOfSquares.isFinite }

    /// Unbiased, as PyTorch's `std`.
    var standardDeviation: Double {
        guard count > 1 else { return 0 }
        let centred = sumOfSquares - sum * sum / Double(count)
        return (max(centred, 0) / Double(count - 1)).squareRoot()
    }
}
