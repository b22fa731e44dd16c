import QuantizedNetworks
import Quantizers

/// The way from the gradients of bits to those of what maps them: image thresholds and layer measures (docs/baselines.md, "Image
/// and layer measures").
///
/// Layer k has b + f(image) + g(m_k) bits. The rounding inside f and g is passed straight through: what is differentiated is tanh
/// in both (`ImageThresholds`, `LayerMeasure`).
package enum MeasureGradients {
    /// Returns the gradient of m for every layer, and for the image those of both thresholds. Nothing where bits do not depend on
    /// the image.
    /// - Parameters:
    ///   - samples: by node and sample, gradients of the parameters of a `VariableWidthQuantizer`.
    ///   - measures: one per image.
    ///   - ofBits: what the loss on bits adds for each layer and image.
    package static func evaluate(
        _ quantized: QuantizedNetwork, samples: [Int: [[Double]]], measures: [Double], ofBits price: Double
    ) -> [ParameterPlace: [Double]] {
        guard let thresholds = quantized.imageThresholds else { return [:] }
        let steps = measures.map(thresholds.step)
        var result: [ParameterPlace: [Double]] = [:]
        var ofImages = [Double](repeating: 0, count: measures.count)
        for node in quantized.quantizedNodes {
            guard let layer = quantized.layers[node], let measure = layer.measure, layer.activation is UniformQuantizer,
                let gradients = samples[node]
            else { continue }
            var sum = 0.0
            for (image, step) in steps.enumerated() where layer.followsItsBits(imageStep: step) {
                let bits = gradients[image][VariableWidthQuantizer.bitsIndex] + price
                sum += bits
                ofImages[image] += bits
            }
            result[.layer(node)] = [sum * LayerMeasure.gradient(for: measure)]
        }
        var ofThresholds = (lower: 0.0, upper: 0.0)
        for (measure, bits) in zip(measures, ofImages) {
            let gradients = thresholds.gradients(for: measure)
            ofThresholds.lower += bits * gradients.lower
            ofThresholds.upper += bits * gradients.upper
        }
        result[.image] = [ofThresholds.lower, ofThresholds.upper]
        return result
    }
}
