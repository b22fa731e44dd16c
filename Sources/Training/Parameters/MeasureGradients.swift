import QuantizedNetworks
import Quantizers

/// From the gradients of bits to those of what maps them: image thresholds and layer measures (AdaBM, facts 4.5).
///
/// Layer k has b + f(image) + g(m_k) bits. The rounding inside f and g is passed straight through: what is differentiated is
/// tanh in both (`ImageThresholds`, `LayerMeasure`).
package enum MeasureGradients {
    /// - Parameters:
    ///   - samples: by node and sample, gradients of the parameters of a `VariableWidthQuantizer`.
    ///   - measures: of the images.
    ///   - ofBits: what the loss on bits adds for each layer and image.
    /// - Returns: by node, that of m; for node 0, the image, those of the thresholds.
    package static func evaluate(
        _ quantized: QuantizedNetwork, samples: [Int: [[Double]]], measures: [Double], ofBits price: Double
    ) -> [Int: [Double]] {
        guard let thresholds = quantized.imageThresholds else { return [:] }
        let steps = measures.map(thresholds.step)
        var result: [Int: [Double]] = [:]
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
            result[node] = [sum * LayerMeasure.gradient(for: measure)]
        }
        var ofThresholds = (lower: 0.0, upper: 0.0)
        for (measure, bits) in zip(measures, ofImages) {
            let gradients = thresholds.gradients(for: measure)
            ofThresholds.lower += bits * gradients.lower
            ofThresholds.upper += bits * gradients.upper
        }
        result[0] = [ofThresholds.lower, ofThresholds.upper]
        return result
    }
}
