import Networks
import SuperResolution
import Testing

@Suite("Warnings about a model")
struct WarningTests {
    /// The path of the bundled network.
    private static let bundled =
        String(#filePath.dropLast("Tests/SuperResolutionTests/WarningTests.swift".count))
        + "examples/models/edsr_compact_x4.pth"

    @Test("there is none about a network that is read as it was trained")
    func sound() throws {
        #expect(try Model.load(path: Self.bundled).warnings().isEmpty)
    }

    @Test("one names the file and the options where a network is read with a wrong option")
    func wrongOption() throws {
        let warnings = try Model.load(path: Self.bundled, options: LoadOptions(resScale: 100)).warnings()
        #expect(warnings.count == 1)
        let warning = try #require(warnings.first)
        for part in [Self.bundled, "dB", "tanh", "range", "res_scale"] { #expect(warning.contains(part)) }
    }

    @Test("random weights are warned of, a quantized model never", arguments: TinyModels.names)
    func randomWeights(name: String) throws {
        #expect(try TinyModels.float(name).warnings().count == 1)
        #expect(try TinyModels.quantization(name).freeze().warnings().isEmpty)
    }
}
