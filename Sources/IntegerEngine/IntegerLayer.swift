public import Quantizers

/// One convolution in whole numbers: its input's integers times its weights' codes, summed up, times a scale, plus the bias.
public struct IntegerLayer: Sendable {
    /// On a grid whose integers are what the sums are made of.
    public var activation: any ActivationQuantizer
    /// `[outputs, inputs, kernel, kernel]`.
    public var codes: [Int16]
    /// By output: what a sum of 1 stands for.
    public var scales: [Float]

    public init(activation: any ActivationQuantizer, codes: [Int16], scales: [Float]) {
        (self.activation, self.codes, self.scales) = (activation, codes, scales)
    }
}
