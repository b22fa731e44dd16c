import Tensors

/// The sums of products over sampled windows of a layer's input, from which the layer's best weights follow: those of the quantized
/// network's numbers with each other and with those that the float network has at the same place.
///
/// A window is a 1 for the bias and then inputs · kernel² numbers, in the order of the weights of one output; outside the image they
/// are 0.
package struct ProductSums {
    /// How many numbers a window has, the 1 included.
    package let size: Int
    /// Σ x_q · x_qᵀ, `[size][size]`.
    package private(set) var own: [Float]
    /// Σ x_q · x_fᵀ, `[size][size]`.
    package private(set) var cross: [Float]

    /// Adds up the products at every `stride`-th pixel of a batch.
    /// - Parameters:
    ///   - quantized: the layer's input in the quantized network, behind its quantizer, `[samples, height, width, channels]`.
    ///   - float: the same in the float network, behind the scales alone.
    package init(
        quantized: [Float], float: [Float], samples: Int, height: Int, width: Int, channels: Int, kernel: Int, stride: Int,
        pool: ThreadPool
    ) {
        let size = channels * kernel * kernel + 1
        self.size = size
        let places = Swift.stride(from: 0, to: samples * height * width, by: stride).map { $0 }
        /// Returns the windows around all places, one after the other.
        func windows(_ map: [Float]) -> [Float] {
            var result = [Float](repeating: 0, count: places.count * size)
            let reach = kernel / 2
            for (row, place) in places.enumerated() {
                let (sample, y, x) = (place / (height * width), place / width % height, place % width)
                result[row * size] = 1
                for v in 0..<kernel where (0..<height).contains(y + v - reach) {
                    for h in 0..<kernel where (0..<width).contains(x + h - reach) {
                        let pixel = ((sample * height + y + v - reach) * width + x + h - reach) * channels
                        for channel in 0..<channels {
                            result[row * size + 1 + (channel * kernel + v) * kernel + h] = map[pixel + channel]
                        }
                    }
                }
            }
            return result
        }
        let left = windows(quantized)
        own = Self.products(left, left, rows: places.count, size: size, pool)
        cross = Self.products(left, windows(float), rows: places.count, size: size, pool)
    }

    /// Returns Σ over rows of a · bᵀ. Every entry is added up in the order of the rows, whatever the number of threads.
    private static func products(_ a: [Float], _ b: [Float], rows: Int, size: Int, _ pool: ThreadPool) -> [Float] {
        let part = 32
        let results = (0..<(size + part - 1) / part).map { _ in ProductPart() }
        pool.run(pieces: results.count) { piece, _ in
            let lines = piece * part..<min((piece + 1) * part, size)
            var sums = [Float](repeating: 0, count: lines.count * size)
            a.withUnsafeBufferPointer { a in
                b.withUnsafeBufferPointer { b in
                    sums.withUnsafeMutableBufferPointer { sums in
                        guard let a = a.baseAddress, let b = b.baseAddress, let sums = sums.baseAddress else { return }
                        // Four rows at a time, so that a line of sums is read and written a quarter as often.
                        for row in Swift.stride(from: 0, to: rows, by: 4) {
                            for (line, i) in lines.enumerated() {
                                let sum = sums + line * size
                                if row + 4 <= rows {
                                    let (x, y) = (a + row * size + i, b + row * size)
                                    let (x0, x1, x2, x3) = (x[0], x[size], x[2 * size], x[3 * size])
                                    if x0 == 0 && x1 == 0 && x2 == 0 && x3 == 0 { continue }
                                    let (y1, y2, y3) = (y + size, y + 2 * size, y + 3 * size)
                                    for j in 0..<size { sum[j] += x0 * y[j] + x1 * y1[j] + x2 * y2[j] + x3 * y3[j] }
                                } else {
                                    for row in row..<rows {
                                        let (x, y) = (a[row * size + i], b + row * size)
                                        for j in 0..<size { sum[j] += x * y[j] }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            results[piece].set(sums)
        }
        return results.flatMap { $0.sums }
    }
}
