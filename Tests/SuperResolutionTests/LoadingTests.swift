import Networks
import SuperResolution
import TestSupport
import Testing

@Suite("Loading")
struct LoadingTests {
    private func refusal(_ bytes: [UInt8]) -> SuperResolutionError? {
        do throws(SuperResolutionError) {
            _ = try Model.load(bytes: bytes, name: "the file")
            return nil
        } catch {
            return error
        }
    }

    @Test("says of what is no model what it is instead, naming the file")
    func noModel() throws {
        let header = Array(#"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#.utf8)
        let foreign = [UInt8(header.count), 0, 0, 0, 0, 0, 0, 0] + header + [0, 0, 0, 0]
        for (bytes, kind) in [
            ([], SuperResolutionError.Kind.format), (Array("hello, world".utf8), .format),
            ([UInt8](repeating: 0, count: 300), .format), (foreign, .unsupported), (Array(foreign.dropLast()), .format),
        ] {
            let error = try #require(refusal(bytes))
            #expect(error.kind == kind, "\(error)")
            #expect(error.description.contains("the file"))
        }
    }

    @Test("names the file that is missing or a folder")
    func files() throws {
        let folder = try TemporaryFolder()
        for path in [folder("missing.pth"), folder.path] {
            let error = #expect(throws: SuperResolutionError.self) { try Model.load(path: path) }
            #expect(error?.kind == .io)
            #expect(error?.description.contains(path) == true)
        }
    }

    @Test("refuses options that the network cannot have, naming them")
    func options() throws {
        let folder = try TemporaryFolder()
        try TinyModels.float("RDN").export(to: folder("rdn.safetensors"))
        for (options, name) in [
            (LoadOptions(resScale: 0.5), "res_scale"), (LoadOptions(tanhOutput: true), "tanh"), (LoadOptions(range: 7), "range"),
        ] {
            let error = #expect(throws: SuperResolutionError.self) {
                try Model.load(path: folder("rdn.safetensors"), options: options)
            }
            #expect(error?.kind == .argument)
            #expect(error?.description.contains(name) == true)
        }
    }

    @Test("tells about every layer; in float without bits")
    func layers() throws {
        let model = try TinyModels.float("EDSR", scale: 4)
        #expect(model.scale == 4)
        #expect(
            model.layers.map(\.name) == [
                "head.0", "body.0.body.0", "body.0.body.2", "body.1.body.0", "body.1.body.2", "body.2", "tail.0.0", "tail.0.2",
                "tail.1",
            ])
        #expect(model.layers.allSatisfy { $0.quantization == nil })
        #expect(model.layers[5].role == .bodyEnd && model.layers[0].role == .edge && model.layers[1].role == .body)
        #expect((model.layers[6].inputs, model.layers[6].outputs, model.layers[6].kernel) == (8, 32, 3))
    }
}
