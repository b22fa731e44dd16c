import Exchange
import FloatEngine
import IntegerEngine
import Networks
import QuantizedNetworks

/// A network with its weights, in float or quantized. Immutable; may be used by any number of threads at once.
public struct Model: Sendable {
    /// The file it came from, for messages.
    public let name: String
    let content: ModelContent
    /// The network in rows, where it lies on integer grids: see `programs(of:)`.
    let programs: [Int: IntegerProgram]
    /// What sessions in float share, for the images of each of `imageSteps`.
    let preparedWeights: [Int: PreparedWeights]
    /// Why a model on integer grids does not run row by row: what cannot. Nil for any other model.
    public let reasonForFloat: String?

    init(name: String, _ content: ModelContent) {
        (self.name, self.content) = (name, content)
        do throws(IntegerEngineError) {
            programs = try Self.programs(of: content)
            reasonForFloat = nil
        } catch {
            programs = [:]
            reasonForFloat = error.description
        }
        preparedWeights = Dictionary(uniqueKeysWithValues: Self.imageSteps(of: content).map { ($0, PreparedWeights()) })
    }

    /// A network in float.
    ///
    /// - Throws: for a graph that cannot be run.
    public init(_ network: Network, name: String = "model") throws(SuperResolutionError) {
        _ = try wrapping(SuperResolutionError.network) { () throws(NetworkError) in try network.validate(file: name) }
        self.init(name: name, .float(network))
    }

    /// The graph. A quantized model's quantized layers have the weights that their codes stand for.
    public var network: Network { content.network }

    /// The quantized network; nil for a model in float.
    public var quantized: QuantizedNetwork? { content.quantized }

    public var isQuantized: Bool { quantized != nil }

    /// Whether activations lie on integer grids and layers compute in whole numbers.
    public var isSnapped: Bool { quantized?.isSnapped ?? false }

    /// Quantized layers of a snapped model that compute in float nevertheless, and why, in execution order.
    public var layersInFloat: [(name: String, reason: FloatReason)] { quantized?.layersInFloat ?? [] }

    /// Side of the output divided by side of the input.
    public var scale: Int { network.scale }

    /// "EDSR", "SRResNet", "RDN", …
    public var architecture: String { network.architecture }

    /// Nil for a model in float.
    public var recipe: Recipe? { quantized?.recipe }

    /// Convolutions in execution order.
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

    /// The steps for which images run through a network of their own: those of a snapped model whose bits depend on the image.
    var imageSteps: ClosedRange<Int> { Self.imageSteps(of: content) }

    private static func imageSteps(of content: ModelContent) -> ClosedRange<Int> {
        guard case .quantized(let quantized) = content, quantized.isSnapped else { return 0...0 }
        return quantized.imageSteps
    }

    /// What the engine has to do differently from the float network, for images of such a step.
    func overrides(imageStep: Int) -> [Int: ConvolutionOverride] {
        guard let quantized else { return [:] }
        return isSnapped ? quantized.withFixedBits(imageStep: imageStep).overrides : quantized.overrides
    }
}
