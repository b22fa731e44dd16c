import Images
import Networks
import QuantizedNetworks
import SuperResolution
import Tensors
import TestSupport

/// Networks small enough for a debug build, with random weights.
enum TinyModels {
    static let names = ["EDSR", "SRResNet", "RDN", "MSRResNet"]
    /// The name of a network whose layers are wide enough for Winograd's transforms, in float as in integers.
    static let wide = "EDSR of 16 channels"

    static func network(_ name: String = "EDSR", scale: Int = 2, seed: UInt64 = 1) throws -> Network {
        let tensors =
            switch name {
            case "SRResNet": SeededNetworks.srResNet(channels: 8, blocks: 2, scale: scale, slopePerChannel: true, seed: seed)
            case "RDN": SeededNetworks.rdn(blocks: 2, convolutions: 2, growth: 8, channels: 8, scale: scale, seed: seed)
            case "MSRResNet": SeededNetworks.msrResNet(channels: 8, blocks: 2, scale: scale, seed: seed)
            case wide: SeededNetworks.edsr(channels: 16, blocks: 1, scale: scale, seed: seed)
            default: SeededNetworks.edsr(channels: 8, blocks: 2, scale: scale, seed: seed)
            }
        return try Network.recognise(tensors: tensors, file: name)
    }

    static func float(_ name: String = "EDSR", scale: Int = 2) throws -> Model {
        try Model(network(name, scale: scale), name: name)
    }

    static func patches(count: Int = 2, size: Int = 12) throws -> PatchSet {
        try PatchSet([Pictures.noise(20, 16, .rgb), Pictures.noise(16, 24, .gray)], count: count, size: size, seed: 3)
    }

    static func quantization(_ name: String = "EDSR", scale: Int = 2, _ recipe: Recipe = Recipe()) throws -> Quantization {
        try float(name, scale: scale).calibrate(images: try patches(), recipe: recipe, threads: 1)
    }
}

enum Pictures {
    /// Returns an image of random samples, always the same for the same arguments.
    static func noise(_ width: Int, _ height: Int, _ format: PixelFormat, _ type: SampleType = .uint8, seed: UInt64 = 7) -> Image {
        var random = SplitMix64(state: seed)
        let count = width * height * format.channels
        let samples: Samples =
            switch type {
            case .uint8: .uint8((0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() >> 40) })
            case .uint16: .uint16((0..<count).map { _ in UInt16(truncatingIfNeeded: random.next() >> 40) })
            case .float32: .float32((0..<count).map { _ in Float(random.next() >> 40) * 0x1p-24 })
            }
        do { return try Image(width: width, height: height, format: format, samples: samples) } catch { fatalError("\(error)") }
    }

    /// Returns a square from the middle of an 8-bit image, or as much of it as there is.
    static func middle(of image: Image, side: Int) throws -> Image {
        guard case .uint8(let bytes) = image.samples else { return image }
        let (width, height) = (min(side, image.width), min(side, image.height))
        let (left, top) = ((image.width - width) / 2, (image.height - height) / 2)
        let channels = image.format.channels
        let rows = (top..<top + height).map { y in
            bytes[(y * image.width + left) * channels..<(y * image.width + left + width) * channels]
        }
        return try Image(width: width, height: height, format: image.format, samples: .uint8(Array(rows.joined())))
    }
}
