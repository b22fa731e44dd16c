import Networks
import QuantizedNetworks
import Tensors

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

    func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest {
        let nodes = quantized.quantizedNodes
        let found = Guarded<[Int: [[Float]]]>([:])
        pool.run(pieces: nodes.count) { piece, _ in
            guard let directions = directions(nodes[piece], quantized) else { return }
            found.withLock { $0[nodes[piece]] = directions }
        }
        var request = GradientRequest()
        request.directions = found.withLock { $0 }
        return request
    }

    /// Returns the derivatives of the weights that the student computes with for each of the layer's range parameters; nil where
    /// weights are not quantized.
    private func directions(_ node: Int, _ quantized: QuantizedNetwork) -> [[Float]]? {
        guard let convolution = quantized.convolution(node), let layer = quantized.layers[node], let weight = layer.weight else {
            return nil
        }
        let directions = weight.directions(layer.scaledWeights(of: convolution))
        // The student's weights are those of the input as it is where that is not quantized.
        return layer.activation == nil ? directions.map { layer.unscaled($0, of: convolution) } : directions
    }

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        var result: [ParameterPlace: [Double]] = [:]
        for node in quantized.quantizedNodes {
            guard let weight = quantized.layers[node]?.weight else { continue }
            if let sums = pass.gradients.directions[node] {
                result[.layer(node)] = weight.gradient(sums: sums)
            } else if let gradient = pass.gradients.weights[node], let convolution = quantized.convolution(node) {
                let sums = (directions(node, quantized) ?? []).map { Self.sums(gradient, $0, outputs: convolution.outputs) }
                result[.layer(node)] = weight.gradient(sums: sums)
            }
        }
        return result
    }

    /// Returns the products of a gradient with a direction, summed up for each output channel.
    private static func sums(_ gradient: [Double], _ direction: [Float], outputs: Int) -> [Double] {
        let size = gradient.count / outputs
        return (0..<outputs).map { output in
            var sum = 0.0
            for index in output * size..<(output + 1) * size { sum += gradient[index] * Double(direction[index]) }
            return sum
        }
    }
}
