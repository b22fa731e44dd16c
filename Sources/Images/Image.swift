import Machine

/// A picture in memory: interleaved samples, rows from top to bottom without gaps.
public struct Image: Sendable, Equatable {
    /// The number of columns, at least 1.
    public let width: Int
    /// The number of rows, at least 1.
    public let height: Int
    public let format: PixelFormat
    /// The samples, `width · height · format.channels` of them.
    public private(set) var samples: Samples
    /// What was wrong with the file that the image was read from, without any change to a pixel; each text names the file. They
    /// are about the file: what is made of the image, cut out or resized, has none.
    public internal(set) var warnings: [String] = []

    /// Whether the pixels are equal, whatever files they come from.
    public static func == (a: Image, b: Image) -> Bool {
        (a.width, a.height, a.format) == (b.width, b.height, b.format) && a.samples == b.samples
    }

    /// The type of the samples.
    public var type: SampleType { samples.type }

    /// - Throws: `.invalid` for sides below 1 or a number of samples that does not fit them.
    public init(width: Int, height: Int, format: PixelFormat, samples: Samples) throws(ImageError) {
        let expected = try Self.sampleCount(width, height, format)
        guard samples.count == expected else {
            throw .invalid(
                reason: "an image of \(width) x \(height) pixels with \(format.channels) channels has \(expected) samples, "
                    + "not \(samples.count)")
        }
        self.init(trusted: samples, width, height, format)
    }

    /// Makes a black, transparent image.
    ///
    /// - Throws: `.invalid` for sides below 1, `.memory`.
    public init(width: Int, height: Int, format: PixelFormat, type: SampleType) throws(ImageError) {
        let count = try Self.sampleCount(width, height, format)
        try Self.check(bytes: count * type.size, width, height)
        let samples: Samples =
            switch type {
            case .uint8: .uint8([UInt8](repeating: 0, count: count))
            case .uint16: .uint16([UInt16](repeating: 0, count: count))
            case .float32: .float32([Float](repeating: 0, count: count))
            }
        self.init(trusted: samples, width, height, format)
    }

    /// Makes an image of samples whose number is known to fit.
    init(trusted samples: Samples, _ width: Int, _ height: Int, _ format: PixelFormat) {
        (self.width, self.height, self.format, self.samples) = (width, height, format, samples)
    }

    /// Hands out the image's own bytes, to be changed in place.
    public mutating func withUnsafeMutableBytes<Result>(_ body: (UnsafeMutableRawBufferPointer) -> Result) -> Result {
        // Taken out of the enum and put back, so that the array has one owner and is not copied.
        switch samples {
        case .uint8(var values):
            samples = .uint8([])
            defer { samples = .uint8(values) }
            return values.withUnsafeMutableBytes(body)
        case .uint16(var values):
            samples = .uint16([])
            defer { samples = .uint16(values) }
            return values.withUnsafeMutableBytes(body)
        case .float32(var values):
            samples = .float32([])
            defer { samples = .float32(values) }
            return values.withUnsafeMutableBytes(body)
        }
    }

    /// Hands out the image's own bytes, to be read; they are valid within `body` alone.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch samples {
        case .uint8(let values): values.withUnsafeBytes(body)
        case .uint16(let values): values.withUnsafeBytes(body)
        case .float32(let values): values.withUnsafeBytes(body)
        }
    }

    /// - Throws: `.invalid` for sides below 1, `.memory` for a number of bytes that no machine has.
    static func sampleCount(_ width: Int, _ height: Int, _ format: PixelFormat) throws(ImageError) -> Int {
        guard width >= 1, height >= 1 else { throw .invalid(reason: "an image cannot have \(width) x \(height) pixels") }
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        // 16 bytes is the largest pixel, so every later product fits once this does.
        guard !overflow, pixels <= Int.max / 16 else { throw memory(bytes: .max, width, height) }
        return pixels * format.channels
    }

    /// - Throws: `.memory` if an image of this size cannot have so many bytes.
    static func check(bytes: Int, _ width: Int, _ height: Int) throws(ImageError) {
        guard Memory.isAvailable(bytes: bytes) else { throw memory(bytes: bytes, width, height) }
    }

    /// Returns the error that an image of this size does not fit.
    static func memory(bytes: Int, _ width: Int, _ height: Int) -> ImageError {
        .memory(what: "an image of \(width) x \(height) pixels", bytes: bytes)
    }
}
