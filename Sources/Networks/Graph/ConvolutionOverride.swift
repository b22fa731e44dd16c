import Tensors

/// A change to one convolution while a graph runs: a fake quantizer at its input, other weights, another bias, or sums that are
/// scaled.
public struct ConvolutionOverride: Sendable {
    /// The function that is applied to the layer's input: a fake quantizer; nil: the input is read as it is.
    public var input: (any ElementwiseFunction)?
    /// The functions that are applied instead of `input` to samples that ask for one of these by its number.
    public var variants: [any ElementwiseFunction]
    /// The weights that are used instead of the layer's own, in the same layout `[outputs, inputs, kernel, kernel]`.
    public var weight: [Float]?
    /// The bias that is used instead of the layer's own, where it has one.
    public var bias: [Float]?
    /// The factors of a layer whose input and weights are whole numbers, one per output channel: the bare result is multiplied by
    /// them, rounded, and the bias is added, 0 where there is none; what is fused to the layer comes after that.
    public var scales: [Float]?
    /// The largest magnitude that `input` gives; needed only where there are `scales`, to find out whether sums are exact.
    public var largestInput: Float

    /// Makes a change; what is left out stays as the network has it.
    public init(
        input: (any ElementwiseFunction)? = nil, variants: [any ElementwiseFunction] = [], weight: [Float]? = nil,
        bias: [Float]? = nil, scales: [Float]? = nil, largestInput: Float = 0
    ) {
        (self.input, self.variants, self.weight, self.bias) = (input, variants, weight, bias)
        (self.scales, self.largestInput) = (scales, largestInput)
    }

    /// Whether sums may be rounded as they come. Those of a quantizer's levels may not, since engines in whole numbers add them up
    /// exactly.
    package var mayRound: Bool { input == nil && variants.isEmpty && scales == nil }

    /// Returns the function that is applied to the layer's input, for each of so many samples.
    ///
    /// Edge cases: a sample without a choice, or whose choice is no number in `variants`, gets `input`.
    /// - Parameter choices: for every sample a number in `variants`; empty: all samples get `input`.
    package func inputs(samples: Int, choices: [Int]) -> [(any ElementwiseFunction)?] {
        (0..<samples).map { sample in
            guard choices.indices.contains(sample), variants.indices.contains(choices[sample]) else { return input }
            return variants[choices[sample]]
        }
    }
}
