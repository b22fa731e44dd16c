import Tensors

/// Images as networks see them: `[1, height, width, 3]`, red, green, blue in 0…255.
extension Image {
    /// Returns the colours. Gray is repeated, alpha is dropped, 16 bits keep their fractions.
    public func tensorRGB() -> Tensor { tensor(alpha: false) }

    /// Returns the alpha channel, repeated three times so that a network can enlarge it; nil where there is none.
    public func alphaTensor() -> Tensor? {
        guard format.hasAlpha else { return nil }
        return tensor(alpha: true)
    }

    /// Makes an image of what a network gave.
    ///
    /// Values are clamped to 0…255 and rounded to the nearest sample, ties to even; NaN becomes 0. Gray and alpha are the mean
    /// of the three channels.
    /// - Parameters:
    ///   - rgb: `[1, height, width, 3]` in 0…255.
    ///   - alpha: the same shape; nil makes the image opaque. Ignored where `format` has no alpha.
    /// - Throws: `.invalid` for other shapes.
    public init(rgb: Tensor, alpha: Tensor? = nil, format: PixelFormat, type: SampleType) throws(ImageError) {
        let dimensions = rgb.dimensions
        guard dimensions.count == 4, dimensions[0] == 1, dimensions[3] == 3, dimensions[1] >= 1, dimensions[2] >= 1 else {
            throw .invalid(reason: "a tensor of dimensions \(dimensions) is no RGB image")
        }
        guard alpha == nil || alpha?.dimensions == dimensions else {
            throw .invalid(reason: "alpha has dimensions \(alpha?.dimensions ?? []), colours have \(dimensions)")
        }
        self = try ImageCanvas.image(width: dimensions[2], height: dimensions[1], format: format, type: type) { canvas in
            let pixels = dimensions[1] * dimensions[2]
            rgb.values.withUnsafeBufferPointer { rgb in
                if let start = rgb.baseAddress { canvas.draw(start, y: 0, x: 0, pixels: pixels) }
            }
            alpha?.values.withUnsafeBufferPointer { alpha in
                if let start = alpha.baseAddress { canvas.drawAlpha(start, y: 0, x: 0, pixels: pixels) }
            }
        }
    }

    /// Writes a stretch of `tensorRGB`, or of `alphaTensor`: `pixels` pixels of row `y` from column `x` on.
    ///
    /// - Parameter alpha: Whether to write alpha instead of colours; the image's format must have it.
    public func levels(y: Int, x: Int, pixels: Int, alpha: Bool = false, into target: UnsafeMutablePointer<Float>) {
        let offsets = alpha ? (format.channels - 1, format.channels - 1, format.channels - 1) : format.colorOffsets
        let first = y * width + x
        switch samples {
        case .uint8(let values): Self.levels(values, format.channels, offsets, first..<first + pixels, into: target)
        case .uint16(let values): Self.levels(values, format.channels, offsets, first..<first + pixels, into: target)
        case .float32(let values): Self.levels(values, format.channels, offsets, first..<first + pixels, into: target)
        }
    }

    private func tensor(alpha: Bool) -> Tensor {
        let values = [Float](unsafeUninitializedCapacity: width * height * 3) { out, filled in
            if let start = out.baseAddress { levels(y: 0, x: 0, pixels: width * height, alpha: alpha, into: start) }
            filled = width * height * 3
        }
        return Tensor(dimensions: [1, height, width, 3], values: values)
    }

    private static func levels<Value: SampleValue>(
        _ values: [Value], _ channels: Int, _ offsets: (Int, Int, Int), _ pixels: Range<Int>, into out: UnsafeMutablePointer<Float>
    ) {
        values.withUnsafeBufferPointer { values in
            for (place, pixel) in pixels.enumerated() {
                out[3 * place] = values[channels * pixel + offsets.0].level
                out[3 * place + 1] = values[channels * pixel + offsets.1].level
                out[3 * place + 2] = values[channels * pixel + offsets.2].level
            }
        }
    }
}
