extension Image {
    /// Resizes the image as MATLAB's `imresize(image, [height width], "bicubic")`.
    ///
    /// Keys' kernel with a = -0.5, stretched when shrinking, borders replicated; the axis that shrinks more goes first, the
    /// vertical one if both shrink alike; 8 and 16 bit samples are rounded and clipped after each axis, floats are not. Alpha is
    /// resized like a colour.
    /// - Throws: `.invalid` for sides below 1, `.memory`.
    public func resizedBicubic(width: Int, height: Int) throws(ImageError) -> Image {
        let count = try Self.sampleCount(width, height, format)
        let between = max(width, self.width).multipliedReportingOverflow(by: max(height, self.height))
        // Both axes are resized one after the other, and what is between may be larger than both ends.
        guard !between.overflow, between.partialValue <= Int.max / 32 else { throw Self.memory(bytes: .max, width, height) }
        let startsWithRows = Double(height) / Double(self.height) <= Double(width) / Double(self.width)
        let pixelsBetween = startsWithRows ? self.width * height : width * self.height
        let row = max(width, self.width) * format.channels * MemoryLayout<Double>.size
        let resize = BicubicResize(
            columns: try BicubicKernel(from: self.width, to: width), rows: try BicubicKernel(from: self.height, to: height),
            width: self.width, height: self.height, channels: format.channels,
            startsWithRows: startsWithRows)
        // Last, because the kernels have their own memory by now.
        try Self.check(bytes: (count + pixelsBetween * format.channels) * type.size + row, width, height)
        return Image(trusted: samples.transformed(by: resize), width, height, format)
    }
}

private struct BicubicResize: SampleTransform {
    /// `columns` makes the output's columns out of the input's, `rows` its rows.
    let columns, rows: BicubicKernel
    /// The size of the input.
    let width, height, channels: Int
    let startsWithRows: Bool

    func callAsFunction<Value: SampleValue>(_ values: [Value]) -> [Value] {
        if startsWithRows {
            resizedColumns(resizedRows(values, rowLength: width * channels), height: rows.first.count)
        } else {
            resizedRows(resizedColumns(values, height: height), rowLength: columns.first.count * channels)
        }
    }

    /// Resizes vertically: whole rows are added up, each with one weight.
    private func resizedRows<Value: SampleValue>(_ values: [Value], rowLength: Int) -> [Value] {
        let kernel = rows
        return [Value](unsafeUninitializedCapacity: kernel.first.count * rowLength) { out, filled in
            values.withUnsafeBufferPointer { values in
                withUnsafeTemporaryAllocation(of: Double.self, capacity: rowLength) { sums in
                    for row in 0..<kernel.first.count {
                        sums.initialize(repeating: 0)
                        for tap in 0..<kernel.taps {
                            let weight = kernel.weights[row * kernel.taps + tap]
                            if weight == 0 { continue }
                            let source = min(max(kernel.first[row] + tap, 0), height - 1) * rowLength
                            for index in 0..<rowLength { sums[index] += weight * values[source + index].number }
                        }
                        for index in 0..<rowLength { out[row * rowLength + index] = Value(number: sums[index]) }
                    }
                }
            }
            filled = kernel.first.count * rowLength
        }
    }

    /// Resizes horizontally, pixel by pixel.
    private func resizedColumns<Value: SampleValue>(_ values: [Value], height: Int) -> [Value] {
        let (kernel, columns) = (self.columns, self.columns.first.count)
        return [Value](unsafeUninitializedCapacity: height * columns * channels) { out, filled in
            values.withUnsafeBufferPointer { values in
                kernel.weights.withUnsafeBufferPointer { weights in
                    for row in 0..<height {
                        for column in 0..<columns {
                            for channel in 0..<channels {
                                var sum = 0.0
                                for tap in 0..<kernel.taps {
                                    let source = row * width + min(max(kernel.first[column] + tap, 0), width - 1)
                                    sum += weights[column * kernel.taps + tap] * values[source * channels + channel].number
                                }
                                out[(row * columns + column) * channels + channel] = Value(number: sum)
                            }
                        }
                    }
                }
            }
            filled = height * columns * channels
        }
    }
}
