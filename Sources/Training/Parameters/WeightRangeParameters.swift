import Networks
import QuantizedNetworks

/// The source of the parameters of weight quantizers. Weights move with them along known directions, so that one derivative per
/// direction is enough.
struct WeightRangeParameters: ParameterSource {
    var studentPart: StudentPart { .weights }

    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        place.node.flatMap { quantized.layers[$0]?.weight?.parameters } ?? []
    }

    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        guard let node = place.node else { return }
        quantized.layers[node]?.weight?.parameters = values
    }

    func request(for quantized: QuantizedNetwork) -> GradientRequest {
        var request = GradientRequest()
        for node in quantized.quantizedNodes {
            guard case .convolution(let convolution) = quantized.network.nodes[node].operation,
                let layer = quantized.layers[node], let weight = layer.weight
            else { continue }
            let directions = weight.directions(layer.scaledWeights(of: convolution))
            // The student's weights are those of the input as it is where that is not quantized.
            request.directions[node] =
                layer.activation == nil ? directions.map { layer.unscaled($0, of: convolution) } : directions
        }
        return request
    }

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        var result: [ParameterPlace: [Double]] = [:]
        for node in quantized.quantizedNodes {
            guard let weight = quantized.layers[node]?.weight, let sums = pass.gradients.directions[node] else { continue }
            result[.layer(node)] = weight.gradient(sums: sums)
        }
        return result
    }
}
