import Calibration
import Networks
import Images
import SuperResolution
import Testing

/// Sessions in integers against sessions that simulate them in float: every sample is equal.
@Suite("Sessions in integers")
struct IntegerSessionTests {
    private func samples(_ model: Model, _ image: Image, simulated: Bool, threads: Int = 1) throws -> Samples {
        let session = try Session(model, threads: threads, simulated: simulated)
        #expect(session.runsInIntegers == !simulated)
        return try session.upscale(image, type: .float32).samples
    }

    private func model(_ name: String, _ quantizer: String, bits: Int, perChannel: Bool = false) throws -> Model {
        var recipe = Recipe()
        (recipe.quantizer, recipe.weights, recipe.activations, recipe.perChannel) = (quantizer, bits, bits, perChannel)
        return try TinyModels.quantization(name, recipe).freeze(snapping: true)
    }

    @Test("give what the simulation gives, from 1x1 on", arguments: ["EDSR", "SRResNet", "RDN"], 2...8)
    func everyWidth(name: String, bits: Int) throws {
        for quantizer in bits > 2 ? ["minmax", "plq"] : ["minmax"] {
            let model = try model(name, quantizer, bits: bits, perChannel: bits % 2 == 1)
            for (width, height) in [(1, 1), (1, 8), (9, 2), (21, 17)] {
                let image = Pictures.noise(width, height, .rgb, seed: UInt64(bits))
                let expected = try samples(model, image, simulated: true)
                #expect(try samples(model, image, simulated: false) == expected, "\(quantizer), \(width) x \(height)")
                #expect(try samples(model, image, simulated: false, threads: 3) == expected)
            }
        }
    }

    @Test("take every kind of image", arguments: [PixelFormat.gray, .grayAlpha, .rgba, .bgr, .bgra], [SampleType.uint8, .uint16])
    func everyFormat(format: PixelFormat, type: SampleType) throws {
        let model = try model("EDSR", "plq", bits: 4)
        let image = Pictures.noise(11, 6, format, type)
        let (integers, simulation) = (try Session(model, threads: 2), try Session(model, threads: 2, simulated: true))
        #expect(try integers.upscale(image) == simulation.upscale(image))
    }

    @Test("and evaluations do not differ from each other in patches")
    func patches() throws {
        let model = try model("EDSR", "plq", bits: 4)
        let image = Pictures.noise(30, 20, .rgb)
        let test = try PatchTest(side: 12, step: 8)
        let simulated = try Session(model, threads: 1, simulated: true).upscale(image, by: test)
        #expect(try Session(model, threads: 1).upscale(image, by: test) == simulated)
    }

    @Test("are only for networks whose every layer and operation has integers")
    func whatRunsInFloat() throws {
        let bilinear = try model("MSRResNet", "plq", bits: 4)
        #expect(!bilinear.runsInIntegers)
        #expect(try #require(bilinear.reasonForFloat).hasSuffix("the integer engine has no such operation"))
        var recipe = Recipe()
        recipe.scope = .body
        let body = try TinyModels.quantization("EDSR", recipe).freeze(snapping: true)
        #expect(body.reasonForFloat == "layer head.0 is not on an integer grid")
        let unsnapped = try TinyModels.quantization("EDSR").freeze()
        #expect(!unsnapped.runsInIntegers && unsnapped.reasonForFloat == nil)
    }

    @Test("are cancelled and go on as others are")
    func cancelling() throws {
        let session = try Session(model("EDSR", "plq", bits: 4), threads: 2)
        let image = Pictures.noise(8, 120, .rgb)
        let expected = try session.upscale(image)
        session.progress = { $0.done < 300 }
        let error = #expect(throws: SuperResolutionError.self) { try session.upscale(image) }
        #expect(error?.kind == .cancelled)
        session.progress = nil
        #expect(try session.upscale(image) == expected)
    }
}

/// The same of real networks and images.
@Suite(
    "Real networks in integers", .enabled(if: SharedFiles.arePresent, "the shared models and images are not beside the package"),
    .serialized)
struct RealIntegerTests {
    @Test("give every pixel of the simulation on Set5", arguments: ["edsr_x4", "srresnet_x4", "rdn_x4"], [4, 8])
    func set5(name: String, bits: Int) throws {
        let float = try Model.load(
            path: SharedFiles.models + "/\(name).pth", options: LoadOptions(tanhOutput: name.hasPrefix("srresnet")))
        var recipe = Recipe()
        (recipe.weights, recipe.activations) = (bits, bits)
        let patches = try PatchSet(SharedFiles.calibration, count: 4, size: 48, seed: 1)
        let model = try float.calibrate(images: patches, recipe: recipe).freeze(snapping: true)
        let (integers, simulation) = (try Session(model), try Session(model, simulated: true))
        #expect(integers.runsInIntegers)
        let set = try DataSet(folder: SharedFiles.benchmark + "/Set5", scale: 4)
        for entry in set.entries {
            let image = try set.load(entry).low
            #expect(try integers.upscale(image) == simulation.upscale(image), "\(entry.name)")
        }
    }
}
