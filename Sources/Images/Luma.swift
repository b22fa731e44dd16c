/// How luma follows from red, green and blue in 0…255: `offset + (red · R + green · G + blue · B) / divisor`.
struct LumaFormula {
    let red, green, blue, divisor, offset: Double

    /// ITU-R BT.601 in studio swing, 16…235, as MATLAB's `rgb2ycbcr` and BasicSR compute it, unrounded.
    static let studioSwing = LumaFormula(red: 65.481, green: 128.553, blue: 24.966, divisor: 255, offset: 16)

    /// The formula of AdaBM's released code, without the offset.
    static let withoutOffset = LumaFormula(red: 65.738, green: 129.057, blue: 25.064, divisor: 256, offset: 0)
}

/// A picture with one number for each pixel.
struct Plane {
    let width, height: Int
    var values: [Double]

    /// Computes the luma of an image without `shave` pixels at every side; gray counts as red = green = blue. Samples of 16
    /// bits and floats are brought to 0…255 without rounding.
    ///
    /// - Precondition: something is left.
    init(lumaOf image: Image, shave: Int, formula: LumaFormula) {
        (width, height) = (image.width - 2 * shave, image.height - 2 * shave)
        values =
            switch image.samples {
            case .uint8(let samples): Self.luma(samples, image, shave, formula)
            case .uint16(let samples): Self.luma(samples, image, shave, formula)
            case .float32(let samples): Self.luma(samples, image, shave, formula)
            }
    }

    init(width: Int, height: Int, values: [Double]) {
        (self.width, self.height, self.values) = (width, height, values)
    }

    /// Returns the plane with `margin` more pixels at every side, which repeat the border.
    func replicated(by margin: Int) -> Plane {
        var padded: [Double] = []
        padded.reserveCapacity((width + 2 * margin) * (height + 2 * margin))
        for y in -margin..<height + margin {
            let row = min(max(y, 0), height - 1) * width
            padded.append(contentsOf: repeatElement(values[row], count: margin))
            padded.append(contentsOf: values[row..<row + width])
            padded.append(contentsOf: repeatElement(values[row + width - 1], count: margin))
        }
        return Plane(width: width + 2 * margin, height: height + 2 * margin, values: padded)
    }

    private static func luma<Value: SampleValue>(
        _ samples: [Value], _ image: Image, _ shave: Int, _ formula: LumaFormula
    ) -> [Double] {
        let (width, height) = (image.width - 2 * shave, image.height - 2 * shave)
        let channels = image.format.channels
        let (red, green, blue) = image.format.colorOffsets
        return [Double](unsafeUninitializedCapacity: width * height) { out, filled in
            samples.withUnsafeBufferPointer { samples in
                for y in 0..<height {
                    let row = (y + shave) * image.width + shave
                    for x in 0..<width {
                        let pixel = (row + x) * channels
                        let sum =
                            formula.red * samples[pixel + red].preciseLevel + formula.green * samples[pixel + green].preciseLevel
                            + formula.blue * samples[pixel + blue].preciseLevel
                        out[y * width + x] = formula.offset + sum / formula.divisor
                    }
                }
            }
            filled = width * height
        }
    }
}
