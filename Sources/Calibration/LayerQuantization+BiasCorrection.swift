import Networks
import QuantizedNetworks

/// Bias correction: what rounding adds to the mean of a layer's result is taken back in its bias (docs/method.md, "Bias
/// correction").
extension LayerQuantization {
    /// Returns the convolution with a bias by which the layer's mean result for each output is that of the float layer.
    ///
    /// Every pixel of a window counts as having the channel's mean, as if the image had no border.
    func biasCorrected(_ convolution: Convolution, means: (before: [Double], after: [Double])) -> Convolution {
        // Both in the units of the engine: behind the scales where the input is quantized, else of the input as it is.
        let scaled = activation == nil ? convolution.weight.values : scaledWeights(of: convolution)
        let quantized = effectiveWeights(of: convolution) ?? scaled
        let window = convolution.kernel * convolution.kernel
        var bias = convolution.bias ?? [Float](repeating: 0, count: convolution.outputs)
        for output in bias.indices {
            var difference = 0.0
            for input in 0..<convolution.inputs {
                let first = (output * convolution.inputs + input) * window
                for index in first..<first + window {
                    difference += Double(scaled[index]) * means.before[input] - Double(quantized[index]) * means.after[input]
                }
            }
            bias[output] += Float(difference)
        }
        var corrected = convolution
        corrected.bias = bias
        return corrected
    }
}
