import Networks
import Quantizers
import Tensors

/// How one layer is quantized, and what calibration saw there. Its input, its weights or both can stay in float.
public struct LayerQuantization: Sendable {
    /// The number that stands for the bits of a side that stays in float.
    public static let floatBits = 32

    /// The quantizer of the layer's input, applied before the convolution; nil if the input stays in float.
    public var activation: (any ActivationQuantizer)?
    /// The scales that the input's channels are divided by before `activation`, and that the weights are multiplied by before
    /// `weight`; nil where there are none. Ranges and levels of both quantizers are in the units behind the scales.
    public var inputScales: InputScales?
    /// The quantizer of the layer's weights; nil if they stay in float.
    public var weight: (any WeightQuantizer)?
    /// The statistics of the layer's input, as moving averages over the calibration batches; nil in a loaded model, because
    /// freezing drops them.
    public var statistics: ActivationStatistics?
    /// The mean standard deviation of the layer's output, σ of Eq. 4 before the softmax (docs/method.md, "Sensitivity"), on the
    /// scale of the features.
    public var deviation: Double
    /// The layer's measure m (see `LayerMeasure`); nil where the activation bits do not depend on image and layer.
    public var measure: Float?

    /// Makes the quantization of a layer whose bits do not depend on the image.
    public init(
        activation: (any ActivationQuantizer)?, weight: (any WeightQuantizer)?, statistics: ActivationStatistics?,
        deviation: Double, inputScales: InputScales? = nil
    ) {
        (self.activation, self.weight, self.statistics, self.deviation) = (activation, weight, statistics, deviation)
        self.inputScales = inputScales
    }

    /// Whether the input or the weights are quantized.
    public var isQuantized: Bool { activation != nil || weight != nil }
    /// The bits of the input's quantizer, before bit mapping; `floatBits` where there is none.
    public var activationBits: Int { activation?.bits ?? Self.floatBits }
    /// The bits of the weights' quantizer; `floatBits` where there is none.
    public var weightBits: Int { weight?.bits ?? Self.floatBits }
}

extension LayerQuantization {
    /// Returns what the engine applies to the layer's input where `function` follows the scales: `function` itself where there are
    /// none.
    package func scaling(_ function: any ElementwiseFunction) -> any ElementwiseFunction {
        inputScales.map { ScaledInput(function, $0) } ?? function
    }

    /// Returns a convolution's weights as `weight` sees them: multiplied by the scales of the input.
    package func scaledWeights(of convolution: Convolution) -> [Float] {
        let values = convolution.weight.values
        return inputScales?.scaled(weights: values, outputs: convolution.outputs) ?? values
    }

    /// Returns weights as the network has them for what `weight` makes of `scaledWeights(of:)`.
    package func unscaled(_ weights: [Float], of convolution: Convolution) -> [Float] {
        inputScales?.unscaled(weights: weights, outputs: convolution.outputs) ?? weights
    }

    /// Returns the weights that the engine computes with: for the scaled input, or for the input as it is where that is not
    /// quantized. Nil where they are the network's own.
    package func effectiveWeights(of convolution: Convolution) -> [Float]? {
        guard inputScales != nil else { return weight?.apply(convolution.weight.values) }
        let scaled = scaledWeights(of: convolution)
        guard activation == nil else { return weight?.apply(scaled) ?? scaled }
        return weight.map { unscaled($0.apply(scaled), of: convolution) }
    }

    /// Returns the weights that the layer's codes stand for, for the input as it is; nil where weights are not quantized.
    package func frozenWeights(of convolution: Convolution) -> [Float]? {
        weight.map { unscaled($0.apply(scaledWeights(of: convolution)), of: convolution) }
    }
}
