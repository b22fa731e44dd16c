public import CSRQ
import Glibc
import Images
import Machine
import SuperResolution

/// The object behind an `srq_image`: pixels at one address, which a caller may write to. No call changes it, so calls of several
/// threads may read it at once, as long as nobody writes pixels.
final class ImageObject: HandleObject {
    static var handleName: StaticString { "srq_image" }
    static var handleTag: UInt64 { 0x6567_616d_6971_7273 }

    let width: Int
    let height: Int
    let format: PixelFormat
    let type: SampleType
    let pixels: UnsafeMutableRawPointer
    /// What was wrong with the file that the image was read from, without any change to a pixel.
    let warnings: [String]

    /// Makes a black, transparent image.
    ///
    /// - Throws: `.argument` for a side below 1, `.memory` if there is no room for the pixels.
    init(
        width: Int, height: Int, format: PixelFormat, type: SampleType, warnings: [String] = []
    ) throws(SuperResolutionError) {
        guard width >= 1, height >= 1 else { throw .argument("an image cannot have \(width) x \(height) pixels") }
        let (row, wide) = width.multipliedReportingOverflow(by: format.channels * type.size)
        let (bytes, overflow) = row.multipliedReportingOverflow(by: height)
        guard !wide, !overflow, Memory.isAvailable(bytes: bytes), let pixels = calloc(bytes, 1) else {
            throw .memory(
                "an image of \(width) x \(height) pixels takes \(Memory.text(bytes: wide || overflow ? .max : bytes)), more memory "
                    + "than there is")
        }
        (self.width, self.height, self.format, self.type, self.pixels) = (width, height, format, type, pixels)
        self.warnings = warnings
    }

    /// Makes a copy of an image.
    convenience init(_ image: Image) throws(SuperResolutionError) {
        try self.init(
            width: image.width, height: image.height, format: image.format, type: image.type, warnings: image.warnings)
        try imaging { () throws(ImageError) in try image.copy(to: pixels) }
    }

    deinit { free(pixels) }

    /// Returns a copy of the pixels as they are now.
    func image() throws(SuperResolutionError) -> Image {
        try imaging { () throws(ImageError) in
            try Image(copying: UnsafeRawPointer(pixels), width: width, height: height, format: format, type: type)
        }
    }
}

@c @implementation
public func srq_image_read(_ out: UnsafeMutablePointer<OpaquePointer?>!, _ path: UnsafePointer<CChar>!) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let path = try SRQ.path(path, "path")
        return try ImageObject(try imaging { () throws(ImageError) in try Image.read(png: path) })
    }
}

@c @implementation
public func srq_image_warnings(
    _ image: OpaquePointer!, _ warning: srq_warning_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let image: ImageObject = try Handle.object(image, "image")
        try WarningCallback(warning, user).tell(image.warnings)
    }
}

@c @implementation
public func srq_image_create(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ width: UInt32, _ height: UInt32, _ format: srq_pixel_format,
    _ type: srq_pixel_type
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        guard let format = PixelFormat(rawValue: format) else { throw .argument("format: unknown pixel format \(format)") }
        guard let type = SampleType(rawValue: type) else { throw .argument("type: unknown pixel type \(type)") }
        return try ImageObject(width: Int(width), height: Int(height), format: format, type: type)
    }
}

@c @implementation
public func srq_image_resize(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ image: OpaquePointer!, _ width: UInt32, _ height: UInt32
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let image: ImageObject = try Handle.object(image, "image")
        let original = try image.image()
        return try ImageObject(
            try imaging { () throws(ImageError) in try original.resizedBicubic(width: Int(width), height: Int(height)) })
    }
}

@c @implementation
public func srq_image_pixels(_ image: OpaquePointer!, _ view: UnsafeMutablePointer<srq_image_view>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let image: ImageObject = try Handle.object(image, "image")
        let pixels = srq_image_view(
            struct_size: 0, width: UInt32(image.width), height: UInt32(image.height), format: image.format.rawValue,
            type: image.type.rawValue, reserved: 0, stride: image.width * image.format.channels * image.type.size,
            data: image.pixels)
        try VersionedStruct.write(pixels, to: view, "view")
    }
}

@c @implementation
public func srq_image_write(_ image: OpaquePointer!, _ path: UnsafePointer<CChar>!) -> srq_status {
    status { () throws(SuperResolutionError) in
        let image: ImageObject = try Handle.object(image, "image")
        let (pixels, path) = (try image.image(), try SRQ.path(path, "path"))
        try imaging { () throws(ImageError) in try pixels.write(png: path) }
    }
}

@c @implementation
public func srq_image_free(_ image: OpaquePointer!) { Handle.free(image, as: ImageObject.self) }

@c @implementation
public func srq_image_compare(
    _ image: OpaquePointer!, _ reference: OpaquePointer!, _ shave: UInt32, _ score: UnsafeMutablePointer<srq_image_score>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        let image: ImageObject = try Handle.object(image, "image")
        let reference: ImageObject = try Handle.object(reference, "reference")
        let (pixels, expected) = (try image.image(), try reference.image())
        let result = try imaging { () throws(ImageError) in try Metrics.score(pixels, expected, shave: Int(shave)) }
        try VersionedStruct.write(srq_image_score(result, name: CText.empty), to: score, "score")
    }
}

extension srq_image_score {
    /// Makes the C struct of a score.
    ///
    /// - Parameter name: A text that lives as long as the handle that the score is borrowed from.
    init(_ score: Score, name: UnsafePointer<CChar>, bits: Double = .nan) {
        self.init(
            struct_size: 0, reserved: 0, name: name, psnr: score.psnr, ssim: score.ssim, ssim_replicate: score.ssimReplicate,
            bits: bits)
    }
}
