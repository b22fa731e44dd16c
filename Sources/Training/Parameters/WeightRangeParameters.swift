import Networks
import QuantizedNetworks
import Synchronization
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
        let directions = Mutex<[Int: [[Float]]]>([:])
        pool.run(pieces: nodes.count) { piece, _ in
            let node = nodes[piece]
            guard case .convolution(let convolution) = quantized.network.nodes[node].operation,
                let weight = quantized.layers[node]?.weight
            else { return }
            let found = weight.directions(convolution.weight.values)
            directions.withLock { $0[node] = found }
        }
        var request = GradientRequest()
        request.directions = directions.withLock { $0 }
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
