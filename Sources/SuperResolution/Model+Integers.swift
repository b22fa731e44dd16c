import Calibration
import IntegerEngine

extension Model {
    /// Whether sessions run it row by row, in integers where its layers have them.
    public var runsInIntegers: Bool { program != nil }

    /// The same with activation levels on integer grids, as `Quantization.freeze(snapping: true)` makes it.
    ///
    /// - Throws: `.unsupported` for a model in float.
    public func snapped() throws(SuperResolutionError) -> Model {
        guard let quantized else { throw .unsupported("\(name): a network in float has no levels to move to integer grids") }
        return Model(name: name, .quantized(quantized.snapped()))
    }

    /// The network in integers, and in float where a layer has none, which all sessions share, or why there is no such thing; nil for
    /// models that are not on integer grids.
    static func program(of content: Content) -> Result<IntegerProgram, IntegerEngineError>? {
        guard case .quantized(let quantized) = content, quantized.isOnIntegers else { return nil }
        var layers: [Int: IntegerLayer] = [:]
        for node in quantized.quantizedNodes {
            guard case .integers(let layer)? = quantized.arithmetic(node) else { continue }
            layers[node] = IntegerLayer(
                activation: layer.activation, codes: layer.codes.map(Int16.init), scales: layer.scales)
        }
        do throws(IntegerEngineError) {
            return .success(try IntegerProgram(network: quantized.network, layers: layers, overrides: quantized.overrides))
        } catch {
            return .failure(error)
        }
    }
}
