/// When single precision adds whole numbers without rounding, in whatever order.
public enum ExactSums {
    /// From here on not every whole number is a float.
    public static let limit = 0x1p24

    /// The largest magnitude that any partial sum of a convolution can have.
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
