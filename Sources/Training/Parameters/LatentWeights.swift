import Networks
import QuantizedNetworks
import Tensors

/// The source of the student's own weights, those of all layers whose weights are quantized. They stay in float behind the weight
/// quantizer, which rounds them anew at every step.
///
/// Rounding is passed straight through, as for activations: a weight has the gradient of its quantized value inside the clipping
/// range, none outside, and half of it at an end, whose other half the range gets.
struct LatentWeights: ParameterSource {
    var studentPart: StudentPart { .weights }

    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        guard let node = place.node, quantized.layers[node]?.weight != nil else { return [] }
        return quantized.convolution(node)?.weight.values ?? []
    }

    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        guard let node = place.node else { return }
        quantized.changeConvolution(node) { convolution in
            // A number that is not finite leaves the weight as it was.
            for (index, value) in values.enumerated() where value.isFinite { convolution.weight.values[index] = value }
        }
    }

    /// All weights of a layer have one size, their root mean square: a step relative to its own size would keep a weight near 0
    /// there.
    func sizes(of start: [Float]) -> [Double] { rootMeanSquares(start) }

    func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest {
        var request = GradientRequest()
        request.weights = Set(quantized.quantizedNodes.filter { quantized.layers[$0]?.weight != nil })
        return request
    }

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        var result: [ParameterPlace: [Double]] = [:]
        for (node, gradient) in pass.gradients.weights {
            guard let layer = quantized.layers[node], let weight = layer.weight, let convolution = quantized.convolution(node)
            else { continue }
            var slopes = weight.slopes(layer.scaledWeights(of: convolution))
            // Behind a scale of the input channel, a weight counts as often as that.
            if let scales = layer.inputScales, layer.activation != nil {
                slopes = scales.scaled(weights: slopes, outputs: convolution.outputs)
            }
            result[.layer(node)] = zip(gradient, slopes).map { $0 * Double($1) }
        }
        return result
    }
}

/// Returns the root mean square of all numbers, at least 1e-6, for each of them.
func rootMeanSquares(_ values: [Float]) -> [Double] {
    let sum = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    let size = (sum / Double(max(values.count, 1))).squareRoot()
    return [Double](repeating: max(size, 1e-6), count: values.count)
}

extension QuantizedNetwork {
    /// Returns the convolution of a node; nil for a node that is none.
    func convolution(_ node: Int) -> Convolution? {
        if case .convolution(let convolution) = network.nodes[node].operation { convolution } else { nil }
    }

    /// Changes the convolution of a node. Does nothing for a node that is none.
    mutating func changeConvolution(_ node: Int, _ change: (inout Convolution) -> Void) {
        guard var convolution = convolution(node) else { return }
        // Nobody else holds the weights while they change, so that they are not copied.
        network.nodes[node].operation = .relu
        change(&convolution)
        network.nodes[node].operation = .convolution(convolution)
    }
}
