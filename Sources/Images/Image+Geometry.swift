/// Cutting, pasting and laying out.
extension Image {
    /// Returns the part whose top left pixel is at (`x`, `y`).
    ///
    /// - Throws: `.invalid` for a part that is empty or not inside the image, `.memory`.
    public func cropped(x: Int, y: Int, width: Int, height: Int) throws(ImageError) -> Image {
        guard width >= 1, height >= 1, x >= 0, y >= 0, width <= self.width, height <= self.height, x <= self.width - width,
            y <= self.height - height
        else {
            throw .invalid(
                reason: "a part of \(width) x \(height) pixels at (\(x), \(y)) is not inside \(self.width) x \(self.height) pixels")
        }
        let channels = format.channels
        try Self.check(bytes: width * height * channels * type.size, width, height)
        let part = Part(row: self.width * channels, x: x * channels, y: y, width: width * channels, height: height)
        return Image(trusted: samples.transformed(by: part), width, height, format)
    }

    /// Returns the image without as few of its last columns and rows as make both sides multiples of `step`.
    ///
    /// - Throws: `.invalid` for a side shorter than `step`.
    public func cropped(toMultipleOf step: Int) throws(ImageError) -> Image {
        guard step >= 1, width >= step, height >= step else {
            throw .invalid(reason: "\(width) x \(height) pixels cannot be cropped to a multiple of \(step)")
        }
        return try cropped(x: 0, y: 0, width: width - width % step, height: height - height % step)
    }

    /// Returns this image with `other` over it, its top left pixel at (`x`, `y`).
    ///
    /// - Throws: `.invalid` where formats or types differ or `other` is not inside.
    public func pasted(_ other: Image, x: Int, y: Int) throws(ImageError) -> Image {
        guard x >= 0, y >= 0, other.width <= width, other.height <= height, x <= width - other.width, y <= height - other.height
        else {
            throw .invalid(
                reason: "\(other.width) x \(other.height) pixels at (\(x), \(y)) are not inside \(width) x \(height) pixels")
        }
        guard other.format == format, other.type == type else {
            throw .invalid(reason: "a \(other.format) \(other.type) image cannot be pasted into a \(format) \(type) one")
        }
        var result = self
        let (row, pixel) = (rowBytes, format.channels * type.size)
        result.withUnsafeMutableBytes { target in
            other.withUnsafeBytes { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                for line in 0..<other.height {
                    (target + (y + line) * row + x * pixel)
                        .copyMemory(from: source + line * other.rowBytes, byteCount: other.rowBytes)
                }
            }
        }
        return result
    }

    /// Returns the image with every pixel repeated `factor` times in both directions.
    ///
    /// - Throws: `.invalid` for a factor below 1, `.memory`.
    public func enlargedNearest(by factor: Int) throws(ImageError) -> Image {
        guard factor >= 1 else { throw .invalid(reason: "an image cannot be enlarged \(factor) times") }
        let (width, wide) = self.width.multipliedReportingOverflow(by: factor)
        let (height, high) = self.height.multipliedReportingOverflow(by: factor)
        guard !wide, !high else {
            throw .memory(what: "\(self.width) x \(self.height) pixels enlarged \(factor) times", bytes: .max)
        }
        try Self.check(bytes: try Self.sampleCount(width, height, format) * type.size, width, height)
        let repeated = NearestEnlargement(factor: factor, width: self.width, channels: format.channels)
        return Image(trusted: samples.transformed(by: repeated), width, height, format)
    }

    /// Returns images in a row, tops aligned, as one 8-bit RGB image; gaps and what is below shorter ones are white, alpha is
    /// dropped.
    ///
    /// - Parameter gap: pixels between two images.
    /// - Throws: `.invalid` for no images or a negative gap, `.memory`.
    public static func beside(_ images: [Image], gap: Int) throws(ImageError) -> Image {
        guard let height = images.map(\.height).max(), gap >= 0, gap <= Int(Int32.max) else {
            throw .invalid(reason: "\(images.count) images with gaps of \(gap) pixels make no picture")
        }
        let width = images.reduce(gap * (images.count - 1)) { $0 + $1.width }
        var result = try Image(width: width, height: height, format: .rgb, type: .uint8)
        result.withUnsafeMutableBytes { bytes in
            for index in bytes.indices { bytes[index] = 255 }
        }
        var x = 0
        for image in images {
            result = try result.pasted(try Image(rgb: image.tensorRGB(), format: .rgb, type: .uint8), x: x, y: 0)
            x += image.width + gap
        }
        return result
    }
}

/// Positions and lengths count samples horizontally, rows vertically.
private struct Part: SampleTransform {
    let row, x, y, width, height: Int

    func callAsFunction<Value: SampleValue>(_ values: [Value]) -> [Value] {
        var part: [Value] = []
        part.reserveCapacity(width * height)
        for line in y..<y + height { part += values[line * row + x..<line * row + x + width] }
        return part
    }
}

private struct NearestEnlargement: SampleTransform {
    let factor, width, channels: Int

    func callAsFunction<Value: SampleValue>(_ values: [Value]) -> [Value] {
        var result: [Value] = []
        result.reserveCapacity(values.count * factor * factor)
        for start in stride(from: 0, to: values.count, by: width * channels) {
            var row: [Value] = []
            row.reserveCapacity(width * channels * factor)
            for pixel in stride(from: start, to: start + width * channels, by: channels) {
                for _ in 0..<factor { row += values[pixel..<pixel + channels] }
            }
            for _ in 0..<factor { result += row }
        }
        return result
    }
}
