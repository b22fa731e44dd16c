import Quantizers

/// What enters one layer of the float network, over all images: a histogram, moments, and what its quantizer loses.
public struct InputHistogram: Sendable {
    /// Node index.
    public let node: Int
    /// Over `[lower, upper]`, the smallest and the largest value seen.
    public let histogram: Histogram
    public let moments: Moments
    /// Signal to quantization noise of the layer's activation quantizer, 10 · log₁₀(Σx² / Σ(x - q(x))²), in dB. Infinite without an
    /// error, nil for a layer that stays in float.
    public let signalToNoise: Double?

    /// How many numbers there were, and what is known of all of them.
    public struct Moments: Sendable, Equatable {
        public package(set) var count = 0
        private var sum = 0.0
        private var sumOfSquares = 0.0
        private var sumOfCubes = 0.0

        package init() {}

        package mutating func add(_ values: UnsafeBufferPointer<Float>) {
            count += values.count
            for value in values {
                let x = Double(value)
                sum += x
                sumOfSquares += x * x
                sumOfCubes += x * x * x
            }
        }

        package static func += (left: inout Self, right: Self) {
            left.count += right.count
            left.sum += right.sum
            left.sumOfSquares += right.sumOfSquares
            left.sumOfCubes += right.sumOfCubes
        }

        public var mean: Double { count > 0 ? sum / Double(count) : 0 }
        var power: Double { sumOfSquares }

        private var variance: Double { count > 0 ? max(sumOfSquares / Double(count) - mean * mean, 0) : 0 }

        /// Of all numbers, not of a sample from more.
        public var deviation: Double { variance.squareRoot() }

        /// The third central moment divided by the cube of the deviation; 0 where all numbers are equal.
        public var skewness: Double {
            guard variance > 0 else { return 0 }
            let (n, m) = (Double(count), mean)
            let third = sumOfCubes / n - 3 * m * sumOfSquares / n + 2 * m * m * m
            return third / (variance * deviation)
        }
    }
}
