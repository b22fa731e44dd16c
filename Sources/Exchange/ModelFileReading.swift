import Checkpoints
import Machine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

extension ModelFile {
    /// Reads what a model file holds.
    ///
    /// - Parameter file: A file for which `isModel` holds; nothing else about it is taken on trust.
    /// - Throws: `.unsupported` for a newer version of the layout, `.damaged` and the rooms' errors for a file that contradicts
    ///   itself, lacks something, or has something that belongs to no layer.
    public static func read(_ file: SafeTensors) throws(ExchangeError) -> ModelContent {
        try checkVersion(file)
        try checkWholeness(file)
        let graph = try json(Key.graph, in: file)
        let quantized = try quantizedLayers(file)
        let coded = Set(quantized.flatMap(\.entries))
        var tensors: [String: Tensor] = [:]
        for entry in file.entries where !coded.contains(entry.name) {
            guard entry.type == .float32 else { throw damaged(file, "tensor '\(entry.name)' is \(entry.type.rawValue), not F32") }
            tensors[entry.name] = entry.floats
        }
        for layer in quantized {
            guard let weight = layer.weight else { continue }
            guard tensors.updateValue(weight, forKey: weightName(layer.name)) == nil else {
                throw damaged(file, "layer '\(layer.name)' has weights both in float and as codes")
            }
        }
        let network = try wrapping(ExchangeError.network) { () throws(NetworkError) in
            try Network(json: graph, tensors: tensors, file: file.name)
        }
        let used = Set(network.tensors.map(\.name))
        for name in tensors.keys.sorted() where !used.contains(name) {
            throw damaged(file, "tensor '\(name)' belongs to no node of the graph")
        }

        guard file.metadata[Key.quantization] != nil else { return .float(network) }
        let nodes = Dictionary(network.layers.map { (network.nodes[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
        var layers: [Int: LayerQuantization] = [:]
        for layer in quantized {
            guard let node = nodes[layer.name] else { throw damaged(file, "quantizes '\(layer.name)', which is no convolution") }
            if let scales = layer.quantization.inputScales, case .convolution(let convolution) = network.nodes[node].operation,
                scales.channels != convolution.inputs
            {
                throw damaged(
                    file, "layer '\(layer.name)': \(scales.channels) input factors for \(convolution.inputs) input channels")
            }
            layers[node] = layer.quantization
        }
        let recipeField = JSON.Field(try json(Key.recipe, in: file), path: "\(file.name): \(Key.recipe)")
        let recipe = try wrapping(ExchangeError.checkpoint) { () throws(CheckpointError) in try Recipe(json: recipeField) }
        return .quantized(
            QuantizedNetwork(network: network, layers: layers, recipe: recipe, imageThresholds: try imageThresholds(file)))
    }

    private static func imageThresholds(_ file: SafeTensors) throws(ExchangeError) -> ImageThresholds? {
        guard file.metadata[Key.imageThresholds] != nil else { return nil }
        let field = JSON.Field(try json(Key.imageThresholds, in: file), path: "\(file.name): \(Key.imageThresholds)")
        return try wrapping(ExchangeError.checkpoint) { () throws(CheckpointError) in
            try field.refuseMembers(except: [ThresholdMember.lower, ThresholdMember.upper])
            return ImageThresholds(
                lower: try field.member(ThresholdMember.lower).float(), upper: try field.member(ThresholdMember.upper).float())
        }
    }

    private static func checkVersion(_ file: SafeTensors) throws(ExchangeError) {
        let text = file.metadata[Key.version] ?? ""
        guard let found = Int(text), found >= 1 else { throw damaged(file, "its format version is '\(text)', not a number") }
        guard found <= version else {
            let writer = file.metadata[Key.library].map { " by srq \($0.prefix(40))" } ?? ""
            throw .unsupported("\(file.name): was written\(writer) in format \(found); this library reads formats up to \(version)")
        }
    }

    /// Checks that the file is what was written. One from before there were checksums can be checked in its parts alone.
    private static func checkWholeness(_ file: SafeTensors) throws(ExchangeError) {
        if let expected = file.metadata[Key.checksum] {
            let found = file.checksum
            guard expected == found else {
                throw damaged(
                    file, "the file is damaged: its checksum is \(found), not \(expected.prefix(40)); copy it or save it again")
            }
        }
        for key in file.metadata.keys.sorted() where !Key.all.contains(key) {
            throw damaged(file, "its metadata has '\(key.prefix(40))', which no model file has; is it damaged?")
        }
    }

    private static func json(_ key: String, in file: SafeTensors) throws(ExchangeError) -> JSON {
        guard let text = file.metadata[key] else { throw damaged(file, "its metadata has no '\(key)'") }
        return try wrapping(ExchangeError.checkpoint) { () throws(CheckpointError) in
            try JSON.parse(text, name: "\(file.name): \(key)")
        }
    }

    private static func damaged(_ file: SafeTensors, _ reason: String) -> ExchangeError {
        .damaged(file: file.name, reason: reason)
    }

    // MARK: - Quantized layers

    /// One quantized layer as the file has it.
    private struct QuantizedLayer {
        var name: String
        /// The weights that the codes stand for, `[outputs, inputs, kernel, kernel]`; nil where weights are in float.
        var weight: Tensor?
        /// The names of the file's entries that stand for the weights, or for the scales of the input; none where there are none.
        var entries: [String] = []
        var quantization: LayerQuantization
    }

    /// Returns the quantized layers in the order of the file; there is none in a model in float.
    private static func quantizedLayers(_ file: SafeTensors) throws(ExchangeError) -> [QuantizedLayer] {
        guard file.metadata[Key.quantization] != nil else { return [] }
        let root = JSON.Field(try json(Key.quantization, in: file), path: "\(file.name): \(Key.quantization)")
        var layers: [QuantizedLayer] = []
        var names: Set<String> = []
        for field in try wrapping(ExchangeError.checkpoint, { () throws(CheckpointError) in try root.elements() }) {
            let layer = try quantizedLayer(field, file)
            guard names.insert(layer.name).inserted else { throw damaged(file, "layer '\(layer.name)' is quantized twice") }
            layers.append(layer)
        }
        return layers
    }

    /// Reads one layer: its quantizers, and the weights that its codes stand for.
    private static func quantizedLayer(_ field: JSON.Field, _ file: SafeTensors) throws(ExchangeError) -> QuantizedLayer {
        let settings = try wrapping(ExchangeError.checkpoint) { () throws(CheckpointError) in try LayerSettings(field) }
        let name = settings.layer
        func failure(_ reason: String) -> ExchangeError { damaged(file, "layer '\(name)': \(reason)") }

        var quantization = LayerQuantization(activation: nil, weight: nil, statistics: nil, deviation: settings.deviation)
        quantization.measure = settings.measure
        quantization.inputScales = settings.hasInputFactors ? try inputScales(name, file) : nil
        let scaleNames = settings.hasInputFactors ? [factorsName(name)] : []
        if let saved = settings.activation {
            let activation: any ActivationQuantizer
            do {
                activation = try QuantizerRegistry.standard.make(
                    name: saved.quantizer, bits: saved.bits, parameters: saved.parameters)
            } catch {
                throw failure(error.description)
            }
            guard activation.saved == saved.parameters else {
                throw failure("\(saved.quantizer) cannot have the parameters \(saved.parameters)")
            }
            quantization.activation = activation
        }
        guard let saved = settings.weight else {
            return QuantizedLayer(name: name, weight: nil, entries: scaleNames, quantization: quantization)
        }
        var ranges: [[Float]] = []
        let rangeNames = rangeNames(name, saved.kind)
        for entry in rangeNames { ranges.append(try range(entry, name, file)) }
        let weight: any WeightQuantizer
        do {
            weight = try saved.kind.quantizer(bits: saved.bits, parameters: ranges)
        } catch {
            throw failure(error.description)
        }
        guard weight.parameters == ranges.flatMap({ $0 }) else {
            throw failure("a weight range is \(saved.kind.smallRange) or too large")
        }
        guard weight.groups == 1 || weight.groups == saved.shape[0] else {
            throw failure("\(weight.groups) weight ranges for \(saved.shape[0]) output channels")
        }
        guard let entry = file[codesName(name)], entry.type == .uint8, entry.dimensions.count == 1 else {
            throw failure("'\(codesName(name))' is missing or not a row of bytes")
        }
        var count = 1
        for side in saved.shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow else { throw failure("the shape \(saved.shape) is too large") }
            count = product
        }
        // A byte for each code, and a float for each weight; few bytes of the file stand for many of them.
        if CodePacking(bits: saved.bits).byteCount(count) == entry.bytes.count, !Memory.isAvailable(bytes: 5 * count) {
            throw .checkpoint(.memory(file: file.name, what: "layer '\(name)' of shape \(saved.shape)", bytes: 5 * count))
        }
        guard let codes = CodePacking(bits: saved.bits).unpack(entry.bytes, count: count),
            codes.allSatisfy({ $0 <= weight.largestWord })
        else {
            throw failure("its \(entry.bytes.count) bytes of codes are not \(count) codes of \(saved.bits) bits")
        }
        quantization.weight = weight
        var values = weight.decode(words: codes)
        if let scales = quantization.inputScales {
            guard scales.channels == saved.shape[1] else {
                throw failure("\(scales.channels) input factors for \(saved.shape[1]) input channels")
            }
            values = scales.unscaled(weights: values, outputs: saved.shape[0])
        }
        return QuantizedLayer(
            name: name, weight: Tensor(dimensions: saved.shape, values: values),
            entries: [codesName(name)] + rangeNames + scaleNames, quantization: quantization)
    }

    /// Returns the scales of the input of the layer `layer`.
    private static func inputScales(_ layer: String, _ file: SafeTensors) throws(ExchangeError) -> InputScales {
        let factors = try range(factorsName(layer), layer, file)
        do { return try InputScales(factors: factors) } catch { throw damaged(file, "layer '\(layer)': \(error)") }
    }

    /// Returns the numbers of an entry of ranges or factors, called `name`, of the layer `layer`.
    private static func range(_ name: String, _ layer: String, _ file: SafeTensors) throws(ExchangeError) -> [Float] {
        guard let entry = file[name], entry.type == .float32, entry.dimensions.count == 1 else {
            throw damaged(file, "layer '\(layer)': '\(name)' is missing or not a row of F32")
        }
        return entry.floats.values
    }
}

/// An element of "quantization" as it stands in the file, with members of the right types whose values are not yet checked.
private struct LayerSettings {
    /// What the element says about quantized weights.
    struct Weight {
        let bits: Int
        /// The shape of the weights, `[outputs, inputs, kernel, kernel]`, each at least 1.
        let shape: [Int]
        let kind: WeightQuantizerKind
    }

    /// What the element says about quantized activations.
    struct Activation {
        let bits: Int
        let quantizer: String
        let parameters: [Float]
    }

    let layer: String
    /// The quantizer of the weights; nil where they are in float.
    let weight: Weight?
    /// The quantizer of the activations; nil where they are in float.
    let activation: Activation?
    /// The mean standard deviation of the layer's output while calibrating.
    let deviation: Double
    /// The layer's measure m of AdaBM; nil where the bits do not depend on the image.
    let measure: Float?
    /// Whether the file has factors of the layer's input channels.
    let hasInputFactors: Bool

    init(_ field: JSON.Field) throws(CheckpointError) {
        try field.refuseMembers(except: ModelFile.Member.all)
        layer = try field.member(ModelFile.Member.layer).string()
        let weightBits = try field.member(ModelFile.Member.weights).bits()
        weight =
            weightBits == LayerQuantization.floatBits
            ? nil
            : Weight(bits: weightBits, shape: try Self.shape(field), kind: try Self.weightKind(field))
        let activationBits = try field.member(ModelFile.Member.activations).bits()
        activation =
            activationBits == LayerQuantization.floatBits
            ? nil
            : Activation(
                bits: activationBits, quantizer: try field.member(ModelFile.Member.quantizer).string(),
                parameters: try Self.parameters(field))
        deviation = try field.member(ModelFile.Member.deviation).number()
        measure = try field.optional(ModelFile.Member.measure)?.float()
        hasInputFactors = try field.optional(ModelFile.Member.inputFactors)?.bool() ?? false
    }

    private static func shape(_ field: JSON.Field) throws(CheckpointError) -> [Int] {
        let shapeField = try field.member(ModelFile.Member.shape)
        var shape: [Int] = []
        for side in try shapeField.elements() { shape.append(try side.integer(in: 1...1 << 20)) }
        guard shape.count == 4 else { throw shapeField.failure("expected 4 numbers, found \(shape.count)") }
        return shape
    }

    private static func weightKind(_ field: JSON.Field) throws(CheckpointError) -> WeightQuantizerKind {
        let nameField = try field.optional(ModelFile.Member.weightQuantizer)
        let name = try nameField?.string() ?? ModelFile.unnamedWeightQuantizer
        do {
            return try WeightQuantizerRegistry.standard.kind(named: name)
        } catch {
            throw (nameField ?? field).failure("unknown weight quantizer '\(name)'")
        }
    }

    private static func parameters(_ field: JSON.Field) throws(CheckpointError) -> [Float] {
        var parameters: [Float] = []
        for parameter in try field.member(ModelFile.Member.parameters).elements() { parameters.append(try parameter.float()) }
        return parameters
    }
}
