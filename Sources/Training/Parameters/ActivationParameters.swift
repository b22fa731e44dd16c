import QuantizedNetworks
import Quantizers

/// The source of those parameters of activation quantizers that have certain names. A quantizer without parameters of these names
/// has none here.
package struct ActivationParameters: ParameterSource {
    private let names: Set<String>

    /// Makes the source of the parameters of these names.
    /// - Parameter names: some of `ActivationQuantizer.parameterNames`.
    package init(names: Set<String>) { self.names = names }

    package var studentPart: StudentPart { .quantizer }

    package func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        guard let activation = activation(at: place, in: quantized) else { return [] }
        let parameters = activation.parameters
        return indices(in: activation).map { parameters[$0] }
    }

    package func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        guard let node = place.node, let activation = activation(at: place, in: quantized) else { return }
        var parameters = activation.parameters
        for (index, value) in zip(indices(in: activation), values) { parameters[index] = value }
        quantized.layers[node]?.activation?.parameters = parameters
    }

    package func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        var result: [ParameterPlace: [Double]] = [:]
        for node in quantized.quantizedNodes {
            guard let all = pass.gradients.quantizers[node], quantized.layers[node] != nil else { continue }
            let activation = activation(at: .layer(node), in: quantized)
            result[.layer(node)] = activation.map { indices(in: $0).map { all[$0] } } ?? []
        }
        return result
    }

    /// Returns the quantizer of a layer's activations; nil for the image and where they are in float.
    private func activation(at place: ParameterPlace, in quantized: QuantizedNetwork) -> (any ActivationQuantizer)? {
        place.node.flatMap { quantized.layers[$0]?.activation }
    }

    /// Returns where the parameters of these names stand among all of the quantizer's.
    private func indices(in activation: any ActivationQuantizer) -> [Int] {
        let all = type(of: activation).parameterNames
        return all.indices.filter { names.contains(all[$0]) }
    }
}
