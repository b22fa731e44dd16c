import Tensors

/// Images as networks see them: `[1, height, width, 3]`, red, green, blue in 0…255.
extension Image {
    /// The colours. Gray is repeated, alpha is dropped, 16 bits keep their fractions.
    public func tensorRGB() -> Tensor {
        let (red, green, blue) = format.colorOffsets
        return tensor(red, green, blue)
    }

    /// The alpha channel, repeated three times, so that a network can enlarge it. Nil where there is none.
    public func alphaTensor() -> Tensor? {
        guard format.hasAlpha else { return nil }
        let last = format.channels - 1
        return tensor(last, last, last)
    }

    /// An image of what a network made.
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
        let samples: Samples =
            switch type {
            case .uint8: .uint8(Self.interleaved(rgb.values, alpha?.values, format))
            case .uint16: .uint16(Self.interleaved(rgb.values, alpha?.values, format))
            case .float32: .float32(Self.interleaved(rgb.values, alpha?.values, format))
            }
        self.init(trusted: samples, dimensions[2], dimensions[1], format)
    }

    private func tensor(_ red: Int, _ green: Int, _ blue: Int) -> Tensor {
        let values =
            switch samples {
            case .uint8(let values): Self.levels(values, format.channels, red, green, blue)
            case .uint16(let values): Self.levels(values, format.channels, red, green, blue)
            case .float32(let values): Self.levels(values, format.channels, red, green, blue)
            }
        return Tensor(dimensions: [1, height, width, 3], values: values)
    }

    private static func levels<Value: SampleValue>(
        _ values: [Value], _ channels: Int, _ red: Int, _ green: Int, _ blue: Int
    ) -> [Float] {
        let pixels = values.count / channels
        return [Float](unsafeUninitializedCapacity: pixels * 3) { out, filled in
            values.withUnsafeBufferPointer { values in
                for pixel in 0..<pixels {
                    out[3 * pixel] = values[channels * pixel + red].level
                    out[3 * pixel + 1] = values[channels * pixel + green].level
                    out[3 * pixel + 2] = values[channels * pixel + blue].level
                }
            }
            filled = pixels * 3
        }
    }

    private static func interleaved<Value: SampleValue>(_ rgb: [Float], _ alpha: [Float]?, _ format: PixelFormat) -> [Value] {
        let (pixels, channels) = (rgb.count / 3, format.channels)
        let (red, green, blue) = format.colorOffsets
        return [Value](unsafeUninitializedCapacity: pixels * channels) { out, filled in
            rgb.withUnsafeBufferPointer { rgb in
                for pixel in 0..<pixels {
                    if format.isGray {
                        out[channels * pixel] = Value(level: mean(rgb, pixel))
                    } else {
                        out[channels * pixel + red] = Value(level: rgb[3 * pixel])
                        out[channels * pixel + green] = Value(level: rgb[3 * pixel + 1])
                        out[channels * pixel + blue] = Value(level: rgb[3 * pixel + 2])
                    }
                    if format.hasAlpha { out[channels * pixel + channels - 1] = .full }
                }
            }
            if format.hasAlpha {
                alpha?.withUnsafeBufferPointer { alpha in
                    for pixel in 0..<pixels { out[channels * pixel + channels - 1] = Value(level: mean(alpha, pixel)) }
                }
            }
            filled = pixels * channels
        }
    }

    private static func mean(_ values: UnsafeBufferPointer<Float>, _ pixel: Int) -> Float {
        (values[3 * pixel] + values[3 * pixel + 1] + values[3 * pixel + 2]) / 3
    }
}
