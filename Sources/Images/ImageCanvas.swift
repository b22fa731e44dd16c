/// An image while it is being made, stretch by stretch, of colours in 0…255 as networks give them.
///
/// Values are clamped to 0…255 and rounded to the nearest sample, ties to even; NaN becomes 0. Several threads may draw at the same
/// time, in different places.
public struct ImageCanvas {
    private let memory: UnsafeMutableRawPointer
    private let width: Int
    private let format: PixelFormat
    private let type: SampleType

    /// - Returns: the image that `draw` has made; what it left out is black, and transparent.
    /// - Throws: `.invalid`, `.memory`.
    public static func image(
        width: Int, height: Int, format: PixelFormat, type: SampleType, draw: (ImageCanvas) -> Void
    ) throws(ImageError) -> Image {
        var image = try Image(width: width, height: height, format: format, type: type)
        image.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            draw(ImageCanvas(memory: start, width: width, format: format, type: type))
        }
        return image
    }

    /// Draws `pixels` pixels, row by row, from column `x` of row `y` on. Gray is the mean of the three colours; where the
    /// format has alpha the pixels become opaque.
    /// - Parameter colours: `[pixels][3]`.
    public func draw(_ colours: UnsafePointer<Float>, y: Int, x: Int, pixels: Int) {
        switch type {
        case .uint8: draw(colours, from: start(y, x, UInt8.self), pixels)
        case .uint16: draw(colours, from: start(y, x, UInt16.self), pixels)
        case .float32: draw(colours, from: start(y, x, Float.self), pixels)
        }
    }

    /// Draws the alpha of pixels that have their colours; it is the mean of three values, like gray. Where the format has no
    /// alpha, nothing is drawn.
    public func drawAlpha(_ values: UnsafePointer<Float>, y: Int, x: Int, pixels: Int) {
        guard format.hasAlpha else { return }
        switch type {
        case .uint8: drawAlpha(values, from: start(y, x, UInt8.self), pixels)
        case .uint16: drawAlpha(values, from: start(y, x, UInt16.self), pixels)
        case .float32: drawAlpha(values, from: start(y, x, Float.self), pixels)
        }
    }

    private func start<Value: SampleValue>(_ y: Int, _ x: Int, _ type: Value.Type) -> UnsafeMutablePointer<Value> {
        memory.assumingMemoryBound(to: Value.self) + (y * width + x) * format.channels
    }

    private func draw<Value: SampleValue>(
        _ rgb: UnsafePointer<Float>, from start: UnsafeMutablePointer<Value>, _ pixels: Int
    ) {
        let channels = format.channels
        let (red, green, blue) = format.colorOffsets
        for pixel in 0..<pixels {
            let target = start + channels * pixel
            if format.isGray {
                target[0] = Value(level: Self.mean(rgb, pixel))
            } else {
                target[red] = Value(level: rgb[3 * pixel])
                target[green] = Value(level: rgb[3 * pixel + 1])
                target[blue] = Value(level: rgb[3 * pixel + 2])
            }
            if format.hasAlpha { target[channels - 1] = .full }
        }
    }

    private func drawAlpha<Value: SampleValue>(
        _ values: UnsafePointer<Float>, from start: UnsafeMutablePointer<Value>, _ pixels: Int
    ) {
        let channels = format.channels
        for pixel in 0..<pixels { start[channels * pixel + channels - 1] = Value(level: Self.mean(values, pixel)) }
    }

    private static func mean(_ values: UnsafePointer<Float>, _ pixel: Int) -> Float {
        (values[3 * pixel] + values[3 * pixel + 1] + values[3 * pixel + 2]) / 3
    }
}
