import QuantizedNetworks
import Tensors

/// The source of the student's own biases, those of all quantized layers that have one.
struct Biases: ParameterSource {
    var studentPart: StudentPart { .bias }

    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        guard let node = place.node, quantized.layers[node]?.isQuantized == true else { return [] }
        return quantized.convolution(node)?.bias ?? []
    }

    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        guard let node = place.node else { return }
        quantized.changeConvolution(node) { convolution in
            for (index, value) in values.enumerated() where value.isFinite { convolution.bias?[index] = value }
        }
    }

    /// All biases of a layer have one size, as its weights have.
    func sizes(of start: [Float]) -> [Double] { rootMeanSquares(start) }

    func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest {
        var request = GradientRequest()
        request.weights = Set(quantized.quantizedNodes.filter { quantized.convolution($0)?.bias != nil })
        return request
    }

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        Dictionary(uniqueKeysWithValues: pass.gradients.biases.map { (.layer($0), $1) })
    }
}
