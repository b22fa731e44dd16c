import Quantizers

/// A report on what enters one layer of the float network, over all images: a histogram, moments, and what the layer's quantizer
/// loses.
public struct InputHistogram: Sendable {
    /// The node index of the layer.
    public let node: Int
    /// The histogram over `[lower, upper]`, the smallest and the largest value seen.
    public let histogram: Histogram
    /// The moments of all values seen.
    public let moments: Moments
    /// The signal to quantization noise ratio of the layer's activation quantizer, 10 · log₁₀(Σx² / Σ(x - q(x))²), in dB.
    ///
    /// Edge cases: it is infinite where there is no error, and nil for a layer whose input stays in float.
    public let signalToNoise: Double?

    /// The count and the moments of a set of numbers, summed up in double precision.
    public struct Moments: Sendable, Equatable {
        /// The count of numbers.
        public package(set) var count = 0
        private var sum = 0.0
        private var sumOfSquares = 0.0
        private var sumOfCubes = 0.0

        /// Makes the moments of no numbers.
        package init() {}

        /// Adds numbers, one after the other.
        package mutating func add(_ values: UnsafeBufferPointer<Float>) {
            count += values.count
            for value in values {
                let x = Double(value)
                sum += x
                sumOfSquares += x * x
                sumOfCubes += x * x * x
            }
        }

        /// Adds the numbers that another value has seen. The order matters for the last bits of sums.
        package static func += (left: inout Self, right: Self) {
            left.count += right.count
            left.sum += right.sum
            left.sumOfSquares += right.sumOfSquares
            left.sumOfCubes += right.sumOfCubes
        }

        /// The mean; 0 for no numbers.
        public var mean: Double { count > 0 ? sum / Double(count) : 0 }
        /// The sum of squares.
        var power: Double { sumOfSquares }

        private var variance: Double { count > 0 ? max(sumOfSquares / Double(count) - mean * mean, 0) : 0 }

        /// The standard deviation, with the count as its divisor: the numbers are all there are, not a sample of more.
        public var deviation: Double { variance.squareRoot() }

        /// The skewness: the third central moment divided by the cube of the deviation; 0 where all numbers are equal.
        public var skewness: Double {
            guard variance > 0 else { return 0 }
            let (n, m) = (Double(count), mean)
            let third = sumOfCubes / n - 3 * m * sumOfSquares / n + 2 * m * m * m
            return third / (variance * deviation)
        }
    }
}
