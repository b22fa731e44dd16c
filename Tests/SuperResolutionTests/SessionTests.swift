import Files
import Images
import Networks
import SuperResolution
import TestSupport
import Testing

@Suite("Upscaling")
struct SessionTests {
    @Test("gives the network's RGB output, clamped and rounded to nearest, ties to even")
    func rounding() throws {
        let model = try TinyModels.float()
        let picture = Pictures.noise(6, 5, .rgb)
        let session = try Session(model, threads: 1)
        let exact = try session.upscale(picture, type: .float32)
        guard case .float32(let exact) = exact.samples, case .uint8(let rounded) = try session.upscale(picture).samples else {
            Issue.record("the sample types are not what was asked for")
            return
        }
        #expect(rounded.count == 12 * 10 * 3)
        // Dividing by 255 and multiplying again can cost a float its last bit, which matters only right at a half.
        for (value, byte) in zip(exact, rounded) { #expect(abs(value * 255 - Float(byte)) <= 0.5 + 1e-4) }
    }

    @Test("keeps the kind of image", arguments: PixelFormat.allCases, SampleType.allCases)
    func kinds(format: PixelFormat, type: SampleType) throws {
        let picture = Pictures.noise(5, 3, format, type)
        let result = try Session(try TinyModels.float(scale: 3), threads: 1).upscale(picture)
        #expect(result.width == 15 && result.height == 9)
        #expect(result.format == format && result.type == type)
    }

    @Test("sends gray through the network as RGB and comes back with the mean")
    func gray() throws {
        let gray = Pictures.noise(5, 4, .gray, .uint16)
        guard case .uint16(let values) = gray.samples else { return }
        let colours = try Image(width: 5, height: 4, format: .rgb, samples: .uint16(values.flatMap { [$0, $0, $0] }))
        let session = try Session(try TinyModels.float(), threads: 1)
        guard case .uint16(let result) = try session.upscale(gray).samples,
            case .uint16(let expected) = try session.upscale(colours).samples
        else {
            Issue.record("the sample type changed")
            return
        }
        for (index, value) in result.enumerated() where expected[3 * index..<3 * index + 3].allSatisfy({ $0 > 0 && $0 < 65535 }) {
            let mean = expected[3 * index..<3 * index + 3].reduce(0) { $0 + Int($1) } / 3
            #expect(abs(Int(value) - mean) <= 1)
        }
    }

    @Test("changes the order of colours on request")
    func orders() throws {
        let session = try Session(try TinyModels.float(), threads: 1)
        let picture = Pictures.noise(4, 3, .rgb)
        guard case .uint8(let rgb) = try session.upscale(picture).samples,
            case .uint8(let bgr) = try session.upscale(picture, format: .bgr).samples
        else { return }
        #expect(rgb.indices.allSatisfy { rgb[$0] == bgr[$0 - $0 % 3 + 2 - $0 % 3] })
    }

    @Test("works on a single pixel and on very long rows and columns", arguments: [(1, 1), (30_000, 1), (1, 3000), (2, 1)])
    func extremeSizes(width: Int, height: Int) throws {
        let result = try Session(try TinyModels.quantization().freeze()).upscale(Pictures.noise(width, height, .rgb))
        #expect(result.width == 2 * width && result.height == 2 * height)
    }

    @Test("gives the same bytes for any number of threads, and when a session is used again", arguments: TinyModels.names)
    func threads(name: String) throws {
        let model = try TinyModels.quantization(name).freeze()
        let (small, large) = (Pictures.noise(9, 5, .rgb), Pictures.noise(70, 90, .rgb))
        let session = try Session(model, threads: 1)
        let expected = try (session.upscale(small), session.upscale(large))
        #expect(try session.upscale(small) == expected.0)
        session.releaseMemory()
        #expect(try session.upscale(large) == expected.1)
        for threads in [2, 3, 5] { #expect(try Session(model, threads: threads).upscale(large) == expected.1) }
        #expect(try Session(model).upscale(large) == expected.1)
    }

    @Test("refuses a size that no memory holds before it starts, naming the size")
    func memory() throws {
        let tensors = SeededNetworks.edsr(channels: 64, blocks: 1, scale: 4, seed: 1)
        let session = try Session(Model(Network.recognise(tensors: tensors, file: "EDSR")), threads: 1)
        // Strips take little, so it is the result that has no room: 80,000 x 80,000 pixels of 16 bytes are 102 GB.
        let picture = try Image(width: 20_000, height: 20_000, format: .gray, type: .uint8)
        let error = #expect(throws: SuperResolutionError.self) { try session.upscale(picture, format: .rgba, type: .float32) }
        #expect(error?.kind == .memory)
        #expect(error?.description.contains("20000 x 20000") == true)
    }

    @Test("refuses values that are not finite", arguments: [Float.nan, .infinity, -.infinity])
    func notFinite(value: Float) throws {
        let picture = try Image(width: 2, height: 1, format: .rgb, samples: .float32([0, 0, 0, 0.5, value, 1]))
        let error = #expect(throws: SuperResolutionError.self) { try Session(try TinyModels.float(), threads: 1).upscale(picture) }
        #expect(error?.kind == .argument)
    }

    @Test("refuses impossible numbers of threads", arguments: [0, -1, 1025, Int.max])
    func impossibleThreads(threads: Int) throws {
        let error = #expect(throws: SuperResolutionError.self) { try Session(try TinyModels.float(), threads: threads) }
        #expect(error?.kind == .argument)
        #expect(error?.description.contains("\(threads)") == true)
    }

    @Test("of files gives the bytes of upscaling in memory")
    func files() throws {
        let folder = try TemporaryFolder()
        let session = try Session(try TinyModels.float(), threads: 1)
        for (format, type) in [(PixelFormat.gray, SampleType.uint8), (.rgba, .uint16), (.rgb, .uint8)] {
            let picture = Pictures.noise(6, 5, format, type)
            try picture.write(png: folder("in.png"))
            try session.upscale(file: folder("in.png"), to: folder("out.png"))
            #expect(try Image.read(png: folder("out.png")) == session.upscale(picture))
        }
    }

    @Test("of files that cannot be read or written leaves nothing behind")
    func fileErrors() throws {
        let folder = try TemporaryFolder()
        let session = try Session(try TinyModels.float(), threads: 1)
        try Pictures.noise(3, 3, .rgb).write(png: folder("in.png"))
        try AtomicFile.write([1, 2, 3], to: folder("broken.png"))
        let inner = try folder.makeFolder("folder.png")
        for (input, output, kind) in [
            ("missing.png", "out.png", SuperResolutionError.Kind.io), ("broken.png", "out.png", .format),
            ("in.png", "nowhere/out.png", .io), ("folder.png", "out.png", .io),
        ] {
            let error = #expect(throws: SuperResolutionError.self) { try session.upscale(file: folder(input), to: folder(output)) }
            #expect(error?.kind == kind, "\(input)")
        }
        let error = #expect(throws: SuperResolutionError.self) { try session.upscale(file: folder("in.png"), to: inner) }
        #expect(error?.kind == .io)
        #expect(error?.description.contains("folder.png") == true)
        #expect(try folder.names == ["broken.png", "folder.png", "in.png"])
    }
}
