import Images
import SuperResolution
import TestSupport
import Testing

/// A network, and its quantization even more, moves constants; a mask must stay what it is.
@Suite("Alpha")
struct AlphaTests {
    /// Returns a float model and a quantized one.
    private static func models() throws -> [Model] {
        [try TinyModels.float(), try TinyModels.quantization().freeze(snapping: true)]
    }

    /// Returns a picture of these alphas, of random colours.
    private static func picture(_ width: Int, _ alpha: [UInt8], _ format: PixelFormat = .rgba) throws -> Image {
        let height = alpha.count / width
        let channels = format.channels
        guard case .uint8(var values) = Pictures.noise(width, height, format).samples else { return Pictures.noise(1, 1, .gray) }
        for (pixel, alpha) in alpha.enumerated() { values[(pixel + 1) * channels - 1] = alpha }
        return try Image(width: width, height: height, format: format, samples: .uint8(values))
    }

    /// Returns one channel of a picture, counted from the last.
    private static func channel(_ image: Image, fromLast place: Int = 0) -> [UInt8] {
        guard case .uint8(let values) = image.samples else { return [] }
        let channels = image.format.channels
        return stride(from: channels - 1 - place, to: values.count, by: channels).map { values[$0] }
    }

    @Test("is enlarged by bicubic, and leaves colours as they are without it", arguments: AlphaEnlargement.allCases)
    func colours(enlargement: AlphaEnlargement) throws {
        let picture = Pictures.noise(7, 6, .rgba)
        guard case .uint8(let values) = picture.samples else { return }
        let colours = try Image(
            width: 7, height: 6, format: .rgb, samples: .uint8(values.indices.filter { $0 % 4 < 3 }.map { values[$0] }))
        let mask = try Image(width: 7, height: 6, format: .gray, samples: .uint8(Self.channel(picture)))
        for model in try Self.models() {
            let session = try Session(model, threads: 1, alpha: enlargement)
            let result = try session.upscale(picture)
            let expected = try session.upscale(colours)
            for place in 0..<3 { #expect(Self.channel(result, fromLast: place + 1) == Self.channel(expected, fromLast: place)) }
            // The noise changes by more than 32 in every window, so that the network alone decides where it is asked.
            let alpha = try enlargement == .network ? session.upscale(mask) : mask.resizedBicubic(width: 14, height: 12)
            let difference = zip(Self.channel(result), Self.channel(alpha)).map { abs(Int($0) - Int($1)) }
            #expect(difference.count == 14 * 12 && difference.max() == 0)
        }
    }

    @Test("that is the same everywhere stays so", arguments: [UInt8(0), 1, 100, 254, 255], AlphaEnlargement.allCases)
    func constant(alpha: UInt8, enlargement: AlphaEnlargement) throws {
        for model in try Self.models() {
            for format in [PixelFormat.rgba, .grayAlpha] {
                let picture = try Self.picture(6, [UInt8](repeating: alpha, count: 30), format)
                let session = try Session(model, threads: 1, alpha: enlargement)
                #expect(Self.channel(try session.upscale(picture)).allSatisfy { $0 == alpha })
                // The other types of samples, and both ways from patch to patch.
                guard case .uint16(let wide) = try session.upscale(picture, type: .uint16).samples else { continue }
                let wideAlpha = stride(from: format.channels - 1, to: wide.count, by: format.channels).map { wide[$0] }
                #expect(wideAlpha.allSatisfy { $0 == 257 * UInt16(alpha) })
                let patches = try session.upscale(picture, by: PatchTest(side: 4, step: 3))
                #expect(Self.channel(patches).allSatisfy { $0 == alpha })
            }
        }
    }

    @Test("stays constant far from a change", arguments: [(UInt8(255), UInt8(0)), (0, 255), (255, 254), (1, 0), (128, 255)])
    func farFromAChange(alpha: UInt8, hole: UInt8) throws {
        let (width, height) = (16, 12)
        var alphas = [UInt8](repeating: alpha, count: width * height)
        alphas[0] = hole
        let picture = try Self.picture(width, alphas)
        for model in try Self.models() {
            for enlargement in AlphaEnlargement.allCases {
                let result = Self.channel(try Session(model, threads: 1, alpha: enlargement).upscale(picture))
                // A window reaches two pixels, its interpolation one more, bicubic two: from the sixth pixel on all is as it was.
                for y in 0..<2 * height {
                    for x in 0..<2 * width where x >= 12 || y >= 12 { #expect(result[y * 2 * width + x] == alpha) }
                }
            }
        }
    }

    /// Without a jump between what is constant and what is nearly constant.
    @Test("that is nearly constant stays nearly so", arguments: AlphaEnlargement.allCases)
    func nearlyConstant(enlargement: AlphaEnlargement) throws {
        for alpha in [UInt8(1), 100, 254] {
            var alphas = [UInt8](repeating: alpha, count: 100)
            alphas[55] += 1
            let picture = try Self.picture(10, alphas)
            for model in try Self.models() {
                let result = Self.channel(try Session(model, threads: 1, alpha: enlargement).upscale(picture))
                // A change of 1 lets a thirty-second of the network's answer in.
                let most = enlargement == .bicubic ? 1 : 1 + 255 / 32
                #expect(result.allSatisfy { abs(Int($0) - Int(alpha)) <= most }, "\(alpha)")
            }
        }
    }

    @Test("that is not finite is refused by name of the picture", arguments: AlphaEnlargement.allCases)
    func notFinite(enlargement: AlphaEnlargement) throws {
        var values = [Float](repeating: 0.5, count: 4 * 9)
        values[7] = .nan
        let picture = try Image(width: 3, height: 3, format: .rgba, samples: .float32(values))
        for model in try Self.models() {
            let error = #expect(throws: SuperResolutionError.self) {
                try Session(model, threads: 1, alpha: enlargement).upscale(picture)
            }
            #expect(error?.description == "image: holds values that are not finite")
        }
    }
}
