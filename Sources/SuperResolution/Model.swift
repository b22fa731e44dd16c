import Exchange
import Files
import FloatEngine
import IntegerEngine
import Networks
import QuantizedNetworks

/// A network with its weights, in float or quantized. A model never changes; any number of threads may use it at once.
public struct Model: Sendable {
    /// The path of the file that the model came from, or another name that stands for it in messages.
    public let name: String
    /// What a model file of this model holds.
    let content: ModelContent
    /// The files that the model was made from: its checkpoint, and what it was calibrated and finetuned with. None of them is ever
    /// written over.
    let sources: [InputFile]
    /// The programs of a snapped model, which make rows, by image step; `programs(of:)` says more. Empty for any other model.
    let programs: [Int: IntegerProgram]
    /// The weights as the float engine wants them, for the images of each of `imageSteps`; sessions share them.
    let preparedWeights: [Int: PreparedWeights]
    /// Why a snapped model does not run row by row, with the name of the node that cannot. Nil where it does, and for any other
    /// model.
    public let reasonForFloat: String?

    /// Makes a model of content that is known to be a valid network, and prepares its programs if it is snapped.
    init(name: String, sources: [InputFile] = [], _ content: ModelContent) {
        (self.name, self.sources, self.content) = (name, sources, content)
        do throws(IntegerEngineError) {
            programs = try Self.programs(of: content)
            reasonForFloat = nil
        } catch {
            programs = [:]
            reasonForFloat = error.description
        }
        preparedWeights = Dictionary(uniqueKeysWithValues: Self.imageSteps(of: content).map { ($0, PreparedWeights()) })
    }

    /// Makes a model of a network in float.
    ///
    /// - Throws: `.network` for a graph that cannot be run.
    public init(_ network: Network, name: String = "model") throws(SuperResolutionError) {
        _ = try wrapping(SuperResolutionError.network) { () throws(NetworkError) in try network.validate(file: name) }
        self.init(name: name, .float(network))
    }

    /// The graph of the network. The quantized layers of a quantized model have the weights that their codes stand for.
    public var network: Network { content.network }

    /// The quantized network; nil for a model in float.
    public var quantized: QuantizedNetwork? { content.quantized }

    /// Whether the model is a quantized network.
    public var isQuantized: Bool { quantized != nil }

    /// Whether activation levels and weights lie on integer grids (docs/method.md, "Integer grids"), so that layers compute in
    /// whole numbers where they can; `layersInFloat` names those that cannot.
    public var isSnapped: Bool { quantized?.isSnapped ?? false }

    /// The quantized layers of a snapped model that compute in float nevertheless, and why, in execution order. Empty for any
    /// other model.
    public var layersInFloat: [(name: String, reason: FloatReason)] { quantized?.layersInFloat ?? [] }

    /// How many times the output is wider and higher than the input.
    public var scale: Int { network.scale }

    /// The name of the network's architecture: "EDSR", "SRResNet", "RDN", …
    public var architecture: String { network.architecture }

    /// The record of how the model was calibrated and finetuned; nil for a model in float.
    public var recipe: Recipe? { quantized?.recipe }

    /// The descriptions of all convolutions, quantized or not, in execution order.
    public var layers: [LayerDescription] {
        var layers = network.describedLayers(quantized?.layers ?? [:])
        let reasons = Dictionary(layersInFloat.map { ($0.name, $0.reason) }, uniquingKeysWith: { first, _ in first })
        for index in layers.indices {
            let name = layers[index].name
            layers[index].quantization?.floatReason = reasons[name]
        }
        // Both are in execution order.
        for (index, layer) in (programs[0]?.formats ?? []).enumerated() where layers.indices.contains(index) {
            layers[index].arithmetic = layer.format
            layers[index].arithmeticReason = layer.reason.isEmpty ? nil : layer.reason
        }
        return layers
    }

    /// The image steps that have a network of their own: -1...1 for a snapped model whose bits depend on the image, 0 for any
    /// other.
    var imageSteps: ClosedRange<Int> { Self.imageSteps(of: content) }

    private static func imageSteps(of content: ModelContent) -> ClosedRange<Int> {
        guard case .quantized(let quantized) = content, quantized.isSnapped else { return 0...0 }
        return quantized.imageSteps
    }

    /// Returns what the float engine has to do instead of plain convolutions, by node, for images of this step; empty for a
    /// model in float.
    func overrides(imageStep: Int) -> [Int: ConvolutionOverride] {
        guard let quantized else { return [:] }
        return isSnapped ? quantized.withFixedBits(imageStep: imageStep).overrides : quantized.overrides
    }
}
