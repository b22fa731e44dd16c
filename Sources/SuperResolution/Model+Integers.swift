import Calibration
import FloatEngine
import IntegerEngine

extension Model {
    /// Whether sessions run it row by row, in integers where its layers have them.
    public var runsInIntegers: Bool { !programs.isEmpty }

    /// The same with activation levels on integer grids, as `Quantization.freeze(snapping: true)` makes it.
    ///
    /// - Throws: `.unsupported` for a model in float.
    public func snapped() throws(SuperResolutionError) -> Model {
        guard let quantized else { throw .unsupported("\(name): a network in float has no levels to move to integer grids") }
        return Quantization(name: name, quantized).freeze(snapping: true)
    }

    /// The network in integers, and in float where a layer has none, which all sessions share: by the step of the images that it is for, at
    /// 0 where bits do not depend on the image. Empty for models that are not on integer grids.
    static func programs(of content: Content) throws(IntegerEngineError) -> [Int: IntegerProgram] {
        guard case .quantized(let quantized) = content, quantized.isOnIntegers else { return [:] }
        var programs: [Int: IntegerProgram] = [:]
        for step in quantized.imageSteps {
            programs[step] = try program(of: quantized.settled(imageStep: step), sharing: programs.values.first)
        }
        return programs
    }

    private static func program(
        of quantized: QuantizedNetwork, sharing known: IntegerProgram?
    ) throws(IntegerEngineError) -> IntegerProgram {
        var layers: [Int: IntegerLayer] = [:]
        var overrides: [Int: ConvolutionOverride] = [:]
        for node in quantized.quantizedNodes {
            if case .integers(let layer)? = quantized.arithmetic(node) {
                layers[node] = IntegerLayer(activation: layer.activation, codes: layer.codes, scales: layer.scales)
            } else {
                overrides[node] = quantized.override(node)
            }
        }
        return try IntegerProgram(network: quantized.network, layers: layers, overrides: overrides, sharing: known)
    }
}
