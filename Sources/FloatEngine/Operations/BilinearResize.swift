/// Bilinear enlargement by a whole factor with half-pixel centres and replicated borders, as PyTorch's `interpolate` with
/// `align_corners = False`.
package enum BilinearResize {
    /// Returns where output coordinate `position` reads: two neighbours and the weight of the second.
    private static func taps(_ position: Int, factor: Int, size: Int) -> (first: Int, second: Int, weight: Float) {
        let source = max(0, (Float(position) + 0.5) / Float(factor) - 0.5)
        let first = min(Int(source), size - 1)
        return (first, min(first + 1, size - 1), source - Float(first))
    }

    /// Returns the two input rows that output row `row` reads.
    package static func rows(_ row: Int, factor: Int, height: Int) -> (first: Int, second: Int) {
        let v = taps(row, factor: factor, size: height)
        return (v.first, v.second)
    }

    /// Writes columns `columns` of output row `row`, from where `y` points on.
    /// - Parameters:
    ///   - first: the first of the two input rows that it reads, `[width][channels]`.
    ///   - second: the second one.
    package static func forward(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, row: Int, columns: Range<Int>, height: Int, width: Int,
        channels: Int, factor: Int, into y: UnsafeMutablePointer<Float>
    ) {
        let weight = taps(row, factor: factor, size: height).weight
        var y = y
        for column in columns {
            let h = taps(column, factor: factor, size: width)
            let (left, right) = (h.first * channels, h.second * channels)
            for c in 0..<channels {
                let top = mix(first[left + c], first[right + c], h.weight)
                let bottom = mix(second[left + c], second[right + c], h.weight)
                y[c] = mix(top, bottom, weight)
            }
            y += channels
        }
    }

    /// Writes output rows `rows` of one sample.
    /// - Parameters:
    ///   - x: the whole sample, `[height][width][channels]`.
    ///   - y: the whole enlarged sample; its other rows are left alone.
    static func forward(
        _ x: UnsafePointer<Float>, height: Int, width: Int, channels: Int, factor: Int, rows: Range<Int>,
        into y: UnsafeMutablePointer<Float>
    ) {
        let count = width * channels
        for row in rows {
            let read = Self.rows(row, factor: factor, height: height)
            forward(
                x + read.first * count, x + read.second * count, row: row, columns: 0..<width * factor, height: height,
                width: width, channels: channels, factor: factor, into: y + row * count * factor)
        }
    }

    /// Adds the gradient of one whole sample to `gradient`.
    static func addGradient(
        _ outputGradient: UnsafePointer<Float>, height: Int, width: Int, channels: Int, factor: Int,
        to gradient: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<height * factor {
            let v = taps(row, factor: factor, size: height)
            for column in 0..<width * factor {
                let h = taps(column, factor: factor, size: width)
                for c in 0..<channels {
                    let g = outputGradient[(row * width * factor + column) * channels + c]
                    gradient[(v.first * width + h.first) * channels + c] += g * (1 - v.weight) * (1 - h.weight)
                    gradient[(v.first * width + h.second) * channels + c] += g * (1 - v.weight) * h.weight
                    gradient[(v.second * width + h.first) * channels + c] += g * v.weight * (1 - h.weight)
                    gradient[(v.second * width + h.second) * channels + c] += g * v.weight * h.weight
                }
            }
        }
    }

    /// Returns `a` and `b` mixed, with this weight of `b`.
    private static func mix(_ a: Float, _ b: Float, _ weight: Float) -> Float { a * (1 - weight) + b * weight }
}
