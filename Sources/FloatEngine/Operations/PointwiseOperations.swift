import Glibc

/// Operations that look at one pixel at a time, forward and backward, on a stretch of `pixels` of `channels` each.
/// `x` and `y` may be the same memory, as may the two gradients.
package enum PointwiseOperations {
    package static func relu(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = max(x[i], 0) }
    }

    /// `y` is the result of the forward pass.
    static func reluGradient(
        _ y: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        for i in 0..<count { gradient[i] = y[i] > 0 ? outputGradient[i] : 0 }
    }

    /// `slopes` holds one value for all channels or one per channel.
    package static func prelu(
        _ x: UnsafePointer<Float>, slopes: [Float], into y: UnsafeMutablePointer<Float>, pixels: Int, channels: Int
    ) {
        slopes.withUnsafeBufferPointer { slopes in
            if slopes.count == 1 {
                let slope = slopes[0]
                for i in 0..<pixels * channels { y[i] = x[i] >= 0 ? x[i] : slope * x[i] }
            } else {
                for p in 0..<pixels {
                    for c in 0..<channels {
                        let i = p * channels + c
                        y[i] = x[i] >= 0 ? x[i] : slopes[c] * x[i]
                    }
                }
            }
        }
    }

    /// PyTorch's convention: at zero the slope counts.
    static func preluGradient(
        _ x: UnsafePointer<Float>, slopes: [Float], outputGradient: UnsafePointer<Float>,
        into gradient: UnsafeMutablePointer<Float>, pixels: Int, channels: Int
    ) {
        slopes.withUnsafeBufferPointer { slopes in
            for p in 0..<pixels {
                for c in 0..<channels {
                    let i = p * channels + c
                    gradient[i] = x[i] > 0 ? outputGradient[i] : slopes[slopes.count == 1 ? 0 : c] * outputGradient[i]
                }
            }
        }
    }

    package static func affine(
        _ x: UnsafePointer<Float>, scale: [Float], shift: [Float]?, into y: UnsafeMutablePointer<Float>, pixels: Int, channels: Int
    ) {
        scale.withUnsafeBufferPointer { scale in
            guard let shift else {
                for p in 0..<pixels {
                    for c in 0..<channels { y[p * channels + c] = x[p * channels + c] * scale[c] }
                }
                return
            }
            shift.withUnsafeBufferPointer { shift in
                for p in 0..<pixels {
                    for c in 0..<channels { y[p * channels + c] = x[p * channels + c] * scale[c] + shift[c] }
                }
            }
        }
    }

    package static func multiply(_ x: UnsafePointer<Float>, by factor: Float, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = x[i] * factor }
    }

    package static func add(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = a[i] + b[i] }
    }

    package static func tanh(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = tanhf(x[i]) }
    }

    /// `y` is the result of the forward pass.
    static func tanhGradient(
        _ y: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        for i in 0..<count { gradient[i] = outputGradient[i] * (1 - y[i] * y[i]) }
    }

    /// Copies `channels` of every pixel into a place `offset` channels into wider pixels.
    package static func insertChannels(
        _ x: UnsafePointer<Float>, channels: Int, into y: UnsafeMutablePointer<Float>, width: Int, offset: Int, pixels: Int
    ) {
        for p in 0..<pixels { (y + p * width + offset).update(from: x + p * channels, count: channels) }
    }

    /// The way back: takes `channels` of every wide pixel from `offset` on.
    static func extractChannels(
        _ x: UnsafePointer<Float>, width: Int, offset: Int, into y: UnsafeMutablePointer<Float>, channels: Int, pixels: Int
    ) {
        for p in 0..<pixels { (y + p * channels).update(from: x + p * width + offset, count: channels) }
    }

    /// Adds, for every channel, the sum over pixels of `a · b` to `sums`. A stretch of pixels is summed in single precision,
    /// channels side by side, before it goes to the double sum.
    static func addProducts(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Double>, pixels: Int, channels: Int
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: channels) { stretch in
            guard let total = stretch.baseAddress else { return }
            for first in stride(from: 0, to: pixels, by: 64) {
                total.update(repeating: 0, count: channels)
                for pixel in first..<min(first + 64, pixels) {
                    let (x, y) = (a + pixel * channels, b + pixel * channels)
                    for channel in 0..<channels { total[channel] += x[channel] * y[channel] }
                }
                for channel in 0..<channels { sums[channel] += Double(total[channel]) }
            }
        }
    }
}
