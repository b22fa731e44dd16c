/// A function of one number with a few learnable parameters, applied to many numbers at once.
///
/// Quantizers are such functions: the engine applies them to a convolution's input without knowing what they are.
/// Implementations are pure; the same piece may be processed by any thread.
public protocol ElementwiseFunction: Sendable {
    /// How many learnable parameters there are, in the order of `parameterGradients`.
    var parameterCount: Int { get }

    /// Writes `y[i] = f(x[i])`. `x` and `y` may be the same memory.
    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int)

    /// Writes `inputGradient[i] = outputGradient[i] · df/dx(x[i])` and adds `Σ outputGradient[i] · df/dp(x[i])` to
    /// `parameterGradients`, which holds `parameterCount` sums. The two gradient arrays may be the same memory.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int)

    /// Writes the same `inputGradient` as `differentiate`, for who does not ask for the gradients of the parameters.
    func passGradient(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    )
}

extension ElementwiseFunction {
    public func passGradient(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(parameterCount, 1)) { sums in
            sums.initialize(repeating: 0)
            guard let sums = sums.baseAddress else { return }
            differentiate(x, outputGradient: outputGradient, into: inputGradient, parameterGradients: sums, count: count)
        }
    }
}
