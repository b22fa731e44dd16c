import CKernels
import Glibc

/// The operations that look at one pixel at a time, forward and backward, on a stretch of `pixels` of `channels` each. `x` and `y`
/// may be the same memory, as may the two gradients.
package enum PointwiseOperations {
    /// Writes the larger of each number and 0.
    package static func relu(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = max(x[i], 0) }
    }

    /// Writes the output's gradient where the ReLU's result was positive, else 0.
    /// - Parameter y: the result of the forward pass.
    static func reluGradient(
        _ y: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into gradient: UnsafeMutablePointer<Float>, count: Int
    ) {
        srq_kernels().pointee.relu_gradient(y, outputGradient, gradient, count)
    }

    /// Writes each number that is not negative, and the slope times every other one.
    /// - Parameter slopes: one for all channels, or one per channel.
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

    /// Writes the output's gradient where `x` was positive, else the slope times it: at zero the slope counts, as in PyTorch.
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

    /// Writes `x · scale[c] + shift[c]`; without a shift `x · scale[c]`, which is also the gradient.
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

    /// Writes each number times a factor.
    package static func multiply(_ x: UnsafePointer<Float>, by factor: Float, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = x[i] * factor }
    }

    /// Writes the sums of two stretches.
    package static func add(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        srq_kernels().pointee.add(a, b, y, count)
    }

    /// Writes the hyperbolic tangent of each number.
    package static func tanh(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        for i in 0..<count { y[i] = tanhf(x[i]) }
    }

    /// Writes the output's gradient times 1 - tanh².
    /// - Parameter y: the result of the forward pass.
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

    /// Copies `channels` of every wide pixel, from `offset` on, to pixels of their own: the way back of `insertChannels`.
    static func extractChannels(
        _ x: UnsafePointer<Float>, width: Int, offset: Int, into y: UnsafeMutablePointer<Float>, channels: Int, pixels: Int
    ) {
        for p in 0..<pixels { (y + p * channels).update(from: x + p * width + offset, count: channels) }
    }

    /// Adds, for every channel, the sum over pixels of `a · b` to `sums`. A stretch of 64 pixels is summed in single precision,
    /// channels side by side, before it goes to the double sum: that is fast, and few enough additions that little is lost.
    static func addProducts(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Double>, pixels: Int, channels: Int
    ) {
        srq_kernels().pointee.channel_products(a, b, sums, pixels, channels)
    }
}
