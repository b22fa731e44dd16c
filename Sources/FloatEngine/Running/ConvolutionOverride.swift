import Tensors

/// What to change about a convolution while a graph runs.
public struct ConvolutionOverride: Sendable {
    /// Applied to the layer's input: a fake quantizer.
    public var input: (any ElementwiseFunction)?
    /// Applied instead of `input` to samples that ask for one of these by its number.
    public var variants: [any ElementwiseFunction]
    /// Used instead of the layer's own weights, in the same layout.
    public var weight: [Float]?
    /// One per output channel, for a layer whose input and weights are whole numbers: the bare result is multiplied by them, rounded,
    /// and the bias is added, 0 where there is none; what is fused to the layer comes after that.
    public var scales: [Float]?
    /// The largest magnitude that `input` gives, where there are `scales`.
    public var largestInput: Float

    public init(
        input: (any ElementwiseFunction)? = nil, variants: [any ElementwiseFunction] = [], weight: [Float]? = nil,
        scales: [Float]? = nil, largestInput: Float = 0
    ) {
        (self.input, self.variants, self.weight) = (input, variants, weight)
        (self.scales, self.largestInput) = (scales, largestInput)
    }

    /// Whether sums may be rounded as they come: not those of a quantizer's levels, which engines in whole numbers add up exactly.
    var mayRound: Bool { input == nil && variants.isEmpty && scales == nil }

    /// What is applied to each of so many samples.
    /// - Parameter choices: a number in `variants` per sample, or nothing; without a variant of that number it is `input`.
    func inputs(samples: Int, choices: [Int]) -> [(any ElementwiseFunction)?] {
        (0..<samples).map { sample in
            guard choices.indices.contains(sample), variants.indices.contains(choices[sample]) else { return input }
            return variants[choices[sample]]
        }
    }
}

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
