public import Tensors

/// A function of a layer's input after its channels are divided by their scales: x · factor is rounded once, then `function`
/// follows. An engine in whole numbers does the same two operations.
///
/// Gradients: the parameters are those of `function`; the gradient of x is that of x · factor times the factor.
public struct ScaledInput: ChannelwiseFunction {
    /// The function that follows the multiplication: a quantizer as a rule.
    public let function: any ElementwiseFunction
    /// The scales of the channels.
    public let scales: InputScales

    /// Makes the function.
    public init(_ function: any ElementwiseFunction, _ scales: InputScales) { (self.function, self.scales) = (function, scales) }

    public var channels: Int { scales.channels }
    public var parameterCount: Int { function.parameterCount }

    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, firstChannel: Int) {
        scales.multiply(x, into: y, count: count, firstChannel: firstChannel)
        function.apply(y, into: y, count: count)
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int, firstChannel: Int
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count, 1)) { scaled in
            guard let scaled = scaled.baseAddress else { return }
            scales.multiply(x, into: scaled, count: count, firstChannel: firstChannel)
            function.differentiate(
                scaled, outputGradient: outputGradient, into: inputGradient, parameterGradients: parameterGradients, count: count)
        }
        scales.multiply(inputGradient, into: inputGradient, count: count, firstChannel: firstChannel)
    }
}
