import Checkpoints
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

extension ModelFile {
    /// Returns the model file of a model, in the oldest version of the layout that can hold it; the same model always gives the
    /// same bytes.
    ///
    /// - Parameter name: The name that stands for the file in messages.
    public static func file(of model: ModelContent, name: String) throws(ExchangeError) -> SafeTensors {
        try wrapping(ExchangeError.checkpoint) { () throws(CheckpointError) in
            var file = SafeTensors(
                metadata: [
                    Key.format: format, Key.version: String(version(of: model)), Key.library: LibraryVersion.text,
                    Key.graph: try model.network.json.serialized(),
                ], name: name)
            if let quantized = model.quantized {
                file.metadata[Key.recipe] = try quantized.recipe.json.serialized()
                file.metadata[Key.quantization] = try description(of: quantized).serialized()
                if let thresholds = quantized.imageThresholds {
                    file.metadata[Key.imageThresholds] = try JSON.object([
                        .init(ThresholdMember.lower, JSON(thresholds.lower)), .init(ThresholdMember.upper, JSON(thresholds.upper)),
                    ]).serialized()
                }
            }
            let coded = codedWeights(of: model)
            for (name, tensor) in model.network.tensors {
                if let coded = coded[name] { try append(coded, tensor, to: &file) } else { try file.append(name, tensor) }
            }
            for index in model.network.layers {
                guard let scales = model.quantized?.layers[index]?.inputScales else { continue }
                try file.append(
                    factorsName(model.network.nodes[index].name), Tensor(dimensions: [scales.channels], values: scales.factors))
            }
            file.seal()
            return file
        }
    }

    /// A layer whose weights the file holds as codes.
    private struct CodedWeight {
        var layer: String
        var quantizer: any WeightQuantizer
        /// The scales of the layer's input, behind which the codes are those of its weights.
        var inputScales: InputScales?
    }

    /// Returns the layers with quantized weights, by the name that their weights' entry would have in float.
    private static func codedWeights(of model: ModelContent) -> [String: CodedWeight] {
        var coded: [String: CodedWeight] = [:]
        for (index, layer) in model.quantized?.layers ?? [:] {
            guard let weight = layer.weight else { continue }
            let name = model.network.nodes[index].name
            coded[weightName(name)] = CodedWeight(
                layer: name, quantizer: weight, inputScales: layer.inputScales)
        }
        return coded
    }

    /// Appends the packed codes and the ranges of a layer's weights to the file.
    private static func append(_ coded: CodedWeight, _ weight: Tensor, to file: inout SafeTensors) throws(CheckpointError) {
        let quantizer = coded.quantizer
        let values = coded.inputScales?.scaled(weights: weight.values, outputs: weight.dimensions[0]) ?? weight.values
        let words = quantizer.words(values)
        try file.append(codesName(coded.layer), bytes: CodePacking(bits: quantizer.bits).pack(words))
        for (name, values) in zip(rangeNames(coded.layer, type(of: quantizer).kind), quantizer.parametersByName) {
            try file.append(name, Tensor(dimensions: [quantizer.groups], values: values))
        }
    }

    /// Returns the list under "quantization": one object per quantized layer, in execution order.
    private static func description(of quantized: QuantizedNetwork) -> JSON {
        .array(
            quantized.network.layers.compactMap { index in
                let node = quantized.network.nodes[index]
                guard let layer = quantized.layers[index], case .convolution(let convolution) = node.operation else { return nil }
                var members: [JSON.Member] = [.init(Member.layer, .string(node.name))]
                if layer.weight != nil {
                    members.append(.init(Member.shape, .array(convolution.weight.dimensions.map { JSON($0) })))
                }
                members.append(.init(Member.weights, JSON(layer.weightBits)))
                members.append(.init(Member.activations, JSON(layer.activationBits)))
                if let weight = layer.weight, isNamed(weight) {
                    members.append(.init(Member.weightQuantizer, .string(weight.name)))
                }
                if let activation = layer.activation {
                    members.append(.init(Member.quantizer, .string(activation.name)))
                    members.append(.init(Member.parameters, .array(activation.saved.map { JSON($0) })))
                }
                members.append(.init(Member.deviation, .number(layer.deviation)))
                if let measure = layer.measure { members.append(.init(Member.measure, JSON(measure))) }
                if layer.inputScales != nil { members.append(.init(Member.inputFactors, .bool(true))) }
                return .object(members)
            })
    }
}
