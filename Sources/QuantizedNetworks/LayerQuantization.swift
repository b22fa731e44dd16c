import Quantizers

/// How one layer is quantized, and what calibration saw there. Its input, its weights or both can stay in float.
public struct LayerQuantization: Sendable {
    /// The number that stands for the bits of a side that stays in float.
    public static let floatBits = 32

    /// The quantizer of the layer's input, applied before the convolution; nil if the input stays in float.
    public var activation: (any ActivationQuantizer)?
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
        deviation: Double
    ) {
        (self.activation, self.weight, self.statistics, self.deviation) = (activation, weight, statistics, deviation)
    }

    /// Whether the input or the weights are quantized.
    public var isQuantized: Bool { activation != nil || weight != nil }
    /// The bits of the input's quantizer, before bit mapping; `floatBits` where there is none.
    public var activationBits: Int { activation?.bits ?? Self.floatBits }
    /// The bits of the weights' quantizer; `floatBits` where there is none.
    public var weightBits: Int { weight?.bits ?? Self.floatBits }
}
