import FloatEngine
import Images
import QuantizedNetworks
import SuperResolution
import Testing

/// A network in float gives the same bytes whether it runs on whole feature maps or in strips.
@Suite struct FloatStripsTests {
    private static let sizes = [(1, 1), (1, 9), (17, 1), (23, 19), (3, 90)]

    private static func compare(_ model: Model, _ image: Image, _ precision: Precision = .f32) throws {
        let expected = try Session(model, threads: 1, precision: precision).upscale(image)
        for threads in [1, 3] {
            let session = try Session(model, threads: threads, precision: precision, mostForWholeMaps: 0)
            #expect(try session.upscale(image) == expected, "\(model.name), \(image.width)x\(image.height), \(threads) threads")
        }
    }

    @Test(arguments: TinyModels.names + [TinyModels.wide])
    func networksInFloat(name: String) throws {
        let model = try TinyModels.float(name)
        for (width, height) in Self.sizes { try Self.compare(model, Pictures.noise(width, height, .rgb)) }
        try Self.compare(model, Pictures.noise(9, 7, .rgba, .uint16))
    }

    @Test(.enabled(if: Precision.bf16.isSupported))
    func networksInBf16() throws {
        let model = try TinyModels.float(TinyModels.wide)
        for (width, height) in Self.sizes { try Self.compare(model, Pictures.noise(width, height, .rgb), .bf16) }
        let image = Pictures.noise(23, 19, .rgb, .float32)
        #expect(try Session(model, precision: .bf16).upscale(image) != Session(model).upscale(image))
    }

    /// Their quantizers are simulated in float; where bits depend on the image, every image has its own.
    @Test(arguments: ["plq", "minmax", "adabm"])
    func quantizedNetworksThatAreNotOnGrids(quantizer: String) throws {
        for name in [TinyModels.wide, "SRResNet", "RDN"] {
            var recipe = Recipe()
            recipe.quantizer = quantizer
            let model = try TinyModels.quantization(name, recipe).freeze()
            for seed in 1...3 as ClosedRange<UInt64> { try Self.compare(model, Pictures.noise(13, 11, .rgb, seed: seed)) }
            try Self.compare(model, Pictures.noise(8, 8, .grayAlpha))
        }
    }
}
