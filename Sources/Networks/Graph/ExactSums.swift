/// The rule for when single precision adds whole numbers without rounding, in whatever order.
public enum ExactSums {
    /// The bound that partial sums must stay below. A float has a significand of 24 bits: up to 2^24 every whole number is a float,
    /// and 2^24 + 1 is the first that is none.
    public static let limit = 0x1p24

    /// Returns the largest magnitude that any partial sum of a convolution can have: the largest sum of |weights| of an output,
    /// times `largestInput`.
    /// - Parameter weights: whole numbers, `[outputs, …]`.
    public static func largestSum(weights: [Float], outputs: Int, largestInput: Float) -> Double {
        guard outputs > 0 else { return 0 }
        let size = weights.count / outputs
        let largest = (0..<outputs).map { output in
            weights[output * size..<(output + 1) * size].reduce(0.0) { $0 + Double(abs($1)) }
        }
        return (largest.max() ?? 0) * Double(largestInput)
    }
}
