import Exchange
import FloatEngine
import IntegerEngine
import QuantizedNetworks

extension Model {
    /// Whether sessions run the model row by row, in integers where its layers have an integer form.
    public var runsInIntegers: Bool { !programs.isEmpty }

    /// Whether any layer has an integer form.
    var hasLayersInIntegers: Bool { programs.values.contains { $0.formats.contains { $0.format != "float" } } }

    /// Returns the model with its activation levels on integer grids, as `Quantization.freeze(snapping: true)` makes it.
    ///
    ///
    /// - Throws: `.unsupported` for a model in float.
    public func snapped() throws(SuperResolutionError) -> Model {
        guard let quantized else { throw .unsupported("\(name): a network in float has no levels to move to integer grids") }
        return Quantization(name: name, sources: sources, quantized, float: quantized.network).freeze(snapping: true)
    }

    /// Returns the programs that run a snapped network row by row, in integers, and in float where a layer has no integer form.
    /// They are listed by the image step that they are for; the only one has step 0 where bits do not depend on the image. All
    /// sessions share them.
    ///
    /// Edge cases: there is none for a model that is not snapped.
    /// - Throws: for a graph that rows cannot flow through; the error names the node.
    static func programs(of content: ModelContent) throws(IntegerEngineError) -> [Int: IntegerProgram] {
        guard case .quantized(let quantized) = content, quantized.isSnapped else { return [:] }
        var programs: [Int: IntegerProgram] = [:]
        for step in quantized.imageSteps {
            programs[step] = try IntegerProgram(quantized.withFixedBits(imageStep: step), sharing: programs.values.first)
        }
        return programs
    }

    /// The same for sessions that multiply in another precision where a layer has no whole numbers, or in a format that they choose
    /// where it has; layers that are computed alike share their weights.
    func programs(_ precision: Precision, format: LayerFormat?) throws(SuperResolutionError) -> [Int: IntegerProgram] {
        guard precision != .f32 || format != nil, let quantized else { return programs }
        var result: [Int: IntegerProgram] = [:]
        for (step, program) in programs {
            result[step] = try wrapping(SuperResolutionError.integers) { () throws(IntegerEngineError) in
                try IntegerProgram(quantized.withFixedBits(imageStep: step), precision: precision, sharing: program, format: format)
            }
        }
        return result
    }
}
