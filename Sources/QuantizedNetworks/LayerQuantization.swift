import Quantizers

/// How one layer is quantized, and what calibration saw there. Either side can stay in float, or both.
public struct LayerQuantization: Sendable {
    /// What bits are called where a side is in float.
    public static let floatBits = 32

    /// Of the layer's input, before the convolution; nil: in float.
    public var activation: (any ActivationQuantizer)?
    /// Nil: in float.
    public var weight: (any WeightQuantizer)?
    /// Moving averages over the calibration batches; nil in a loaded model, whose ranges are settled.
    public var statistics: ActivationStatistics?
    /// Mean standard deviation of the layer's output, σ of Eq. (4), before the softmax.
    public var deviation: Double
    /// m of `LayerMeasure`; nil where the activation bits do not depend on image and layer.
    public var measure: Float?

    public init(
        activation: (any ActivationQuantizer)?, weight: (any WeightQuantizer)?, statistics: ActivationStatistics?,
        deviation: Double
    ) {
        (self.activation, self.weight, self.statistics, self.deviation) = (activation, weight, statistics, deviation)
    }

    public var isQuantized: Bool { activation != nil || weight != nil }
    public var activationBits: Int { activation?.bits ?? Self.floatBits }
    public var weightBits: Int { weight?.bits ?? Self.floatBits }
}
