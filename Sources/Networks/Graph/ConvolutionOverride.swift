import Tensors

/// What to change about a convolution while a graph runs.
public struct ConvolutionOverride: Sendable {
    /// Applied to the layer's input: a fake quantizer.
    public var input: (any ElementwiseFunction)?
    /// Applied instead of `input` to samples that ask for one of these by its number.
    public var variants: [any ElementwiseFunction]
    /// Used instead of the layer's own weights, in the same layout.
    public var weight: [Float]?
    /// Used instead of the layer's own bias, where it has one.
    public var bias: [Float]?
    /// One per output channel, for a layer whose input and weights are whole numbers: the bare result is multiplied by them, rounded,
    /// and the bias is added, 0 where there is none; what is fused to the layer comes after that.
    public var scales: [Float]?
    /// The largest magnitude that `input` gives, where there are `scales`.
    public var largestInput: Float

    public init(
        input: (any ElementwiseFunction)? = nil, variants: [any ElementwiseFunction] = [], weight: [Float]? = nil,
        bias: [Float]? = nil, scales: [Float]? = nil, largestInput: Float = 0
    ) {
        (self.input, self.variants, self.weight, self.bias) = (input, variants, weight, bias)
        (self.scales, self.largestInput) = (scales, largestInput)
    }

    /// Whether sums may be rounded as they come: not those of a quantizer's levels, which engines in whole numbers add up exactly.
    package var mayRound: Bool { input == nil && variants.isEmpty && scales == nil }

    /// What is applied to each of so many samples.
    /// - Parameter choices: a number in `variants` per sample, or nothing; without a variant of that number it is `input`.
    package func inputs(samples: Int, choices: [Int]) -> [(any ElementwiseFunction)?] {
        (0..<samples).map { sample in
            guard choices.indices.contains(sample), variants.indices.contains(choices[sample]) else { return input }
            return variants[choices[sample]]
        }
    }
}
