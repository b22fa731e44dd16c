/// A function of a number and of the channel that the number belongs to: for instance a quantizer with a scale per channel.
///
/// Maps are channels last. The engine applies a function to whole pixels, so that what it passes begins with channel 0; whoever
/// has other stretches says where they begin.
public protocol ChannelwiseFunction: ElementwiseFunction {
    /// How many channels the maps have that the function is made for. An engine refuses to apply it to other maps.
    var channels: Int { get }

    /// Writes `y[i] = f(x[i], c)`, where `x[0]` belongs to channel `firstChannel` and one pixel's channels follow another's.
    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, firstChannel: Int)

    /// Does what `ElementwiseFunction.differentiate` does, where `x[0]` belongs to channel `firstChannel`.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int, firstChannel: Int)
}

extension ChannelwiseFunction {
    public func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        apply(x, into: y, count: count, firstChannel: 0)
    }

    public func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        differentiate(
            x, outputGradient: outputGradient, into: inputGradient, parameterGradients: parameterGradients, count: count,
            firstChannel: 0)
    }
}

/// A function that depends on statistics of the whole map: for instance a quantizer that measures each image's channels before it
/// rounds them.
///
/// An engine that has only rows at hand must refuse it; one that has the map asks it, sample by sample, for the function that it
/// then applies row by row.
public protocol WholeMapFunction: ElementwiseFunction {
    /// Returns the function for one sample's map. It has as many parameters as this one, and the statistics count as constants
    /// when it is differentiated.
    /// - Parameter map: `pixels` pixels, channels last.
    func fitted(to map: UnsafePointer<Float>, pixels: Int, channels: Int) -> any ElementwiseFunction
}
