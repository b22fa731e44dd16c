import Tensors

extension ElementwiseFunction {
    /// Returns `f(x[i])` for every number.
    package func applied(to x: [Float]) -> [Float] {
        var y = x
        apply(x, into: &y, count: x.count)
        return y
    }

    /// Returns the gradients of the inputs and of the parameters.
    package func differentiated(at x: [Float], outputGradient: [Float]) -> (input: [Float], parameters: [Double]) {
        var input = [Float](repeating: .nan, count: x.count)
        var parameters = [Double](repeating: 0, count: parameterCount)
        differentiate(x, outputGradient: outputGradient, into: &input, parameterGradients: &parameters, count: x.count)
        return (input, parameters)
    }
}
