internal import CPNG
import Machine

/// PNG in memory. Files are at `Image.read(png:)` and `Image.write(png:)`.
public enum PNG {
    /// The most pixels an image may claim to have.
    public static let maximumPixels = 1 << 28

    /// What a file says about itself before the pixels.
    public struct Header: Sendable, Equatable {
        public let width: Int
        public let height: Int
        /// The format that `decode` gives: palettes become colours, transparent colours an alpha channel.
        public let format: PixelFormat
        /// The type that `decode` gives: fewer than 8 bits become 8.
        public let type: SampleType
        /// The depth in the file: 1, 2, 4, 8 or 16 bits for a sample or palette index in the file.
        public let fileDepth: Int
        public let hasPalette: Bool
    }

    /// Reads what comes before the pixels.
    ///
    /// - Parameter name: what errors call it.
    /// - Throws: `.damaged`
    public static func header(of bytes: [UInt8], name: String) throws(ImageError) -> Header {
        try withReader(bytes, name) { (_, header) in header }
    }

    /// Decodes gray, RGB and palette images of any depth, interlaced or not, with alpha or a transparent colour.
    ///
    /// - Parameter name: what errors call it.
    /// - Returns: an image whose `warnings` name what is wrong with the file without changing a pixel.
    /// - Throws: `.damaged` where not every pixel is there and correct, `.memory`.
    public static func decode(_ bytes: [UInt8], name: String) throws(ImageError) -> Image {
        try withReader(bytes, name) { (reader, header) throws(ImageError) in
            let count = header.width * header.height * header.format.channels
            let what = "\(name): an image of \(header.width) x \(header.height) pixels"
            guard Memory.isAvailable(bytes: count * header.type.size) else {
                throw .memory(what: what, bytes: count * header.type.size)
            }
            var text = Message()
            var status: Int32 = -1
            let samples: Samples
            switch header.type {
            case .uint16:
                samples = .uint16(
                    [UInt16](unsafeUninitializedCapacity: count) { buffer, filled in
                        status = text.withPointer { cpng_pixels(reader, buffer.baseAddress, $0) }
                        filled = status == 0 ? count : 0
                    })
            default:
                samples = .uint8(
                    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                        status = text.withPointer { cpng_pixels(reader, buffer.baseAddress, $0) }
                        filled = status == 0 ? count : 0
                    })
            }
            guard status != CPNG_MEMORY else { throw .memory(what: "decoding \(what)", bytes: count * header.type.size) }
            guard status == 0 else { throw .damaged(name: name, reason: text.string) }
            var image = Image(trusted: samples, header.width, header.height, header.format)
            if let lines = cpng_warnings(reader) {
                image.warnings = String(cString: lines).split(separator: "\n").map { "\(name): \($0)" }
            }
            return image
        }
    }

    /// Encodes an image; floats become 16 bit, BGR becomes RGB. Equal images give equal bytes.
    ///
    /// - Throws: `.invalid` for sides that PNG cannot hold, `.memory`.
    public static func encode(_ image: Image) throws(ImageError) -> [UInt8] {
        guard let width = UInt32(exactly: image.width), let height = UInt32(exactly: image.height), max(width, height) < 1 << 31
        else {
            throw .invalid(reason: "\(image.width) x \(image.height) pixels are more than a PNG can hold")
        }
        if case .float32(let values) = image.samples {
            try check(bytes: 2 * values.count, forEncoding: image)
            let samples = Samples.uint16(values.map { UInt16(level: $0.level) })
            return try encode(Image(trusted: samples, image.width, image.height, image.format))
        }
        var info = cpng_info()
        (info.width, info.height) = (width, height)
        (info.channels, info.depth) = (UInt8(image.format.channels), UInt8(image.type.size * 8))
        let isBackwards: Int32 = image.format == .bgr || image.format == .bgra ? 1 : 0
        var text = Message()
        var bytes: UnsafeMutablePointer<UInt8>?
        var size = 0
        let status = image.withUnsafeBytes { pixels in
            text.withPointer { cpng_write(&info, pixels.baseAddress, isBackwards, &bytes, &size, $0) }
        }
        guard status != CPNG_MEMORY else {
            throw .memory(what: "encoding an image of \(image.width) x \(image.height) pixels", bytes: image.samples.byteCount)
        }
        guard status == 0 else { throw .invalid(reason: "cannot encode a PNG: \(text.string)") }
        defer { cpng_free(bytes) }
        try check(bytes: size, forEncoding: image)
        return [UInt8](UnsafeBufferPointer(start: bytes, count: size))
    }

    private static func check(bytes: Int, forEncoding image: Image) throws(ImageError) {
        guard Memory.isAvailable(bytes: bytes) else {
            throw .memory(what: "encoding an image of \(image.width) x \(image.height) pixels", bytes: bytes)
        }
    }

    private static func withReader<Result>(
        _ bytes: [UInt8], _ name: String, _ body: (OpaquePointer, Header) throws(ImageError) -> Result
    ) throws(ImageError) -> Result {
        try bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            var text = Message()
            var info = cpng_info()
            var opened: OpaquePointer?
            let status = text.withPointer {
                cpng_open(&opened, buffer.baseAddress, buffer.count, UInt64(maximumPixels), &info, $0)
            }
            guard status != CPNG_MEMORY else { throw .memory(what: "reading \(name)", bytes: bytes.count) }
            guard status == 0, let reader = opened else { throw .damaged(name: name, reason: text.string) }
            defer { cpng_close(reader) }
            guard let format = PixelFormat(rawValue: Int32(info.channels)) else {
                throw .damaged(name: name, reason: "it has \(info.channels) channels")
            }
            let header = Header(
                width: Int(info.width), height: Int(info.height), format: format, type: info.depth == 16 ? .uint16 : .uint8,
                fileDepth: Int(info.file_depth), hasPalette: info.palette != 0)
            return try body(reader, header)
        }
    }
}

/// Memory for one of the shim's messages.
private struct Message {
    private var bytes = [CChar](repeating: 0, count: Int(CPNG_MESSAGE_SIZE))

    mutating func withPointer<Result>(_ body: (UnsafeMutablePointer<CChar>?) -> Result) -> Result {
        bytes.withUnsafeMutableBufferPointer { body($0.baseAddress) }
    }

    var string: String { String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) }
}
