import FloatEngine
import Networks
import Tensors

/// PTQ4SR's distance of attention maps (docs/baselines.md, "Pixel-aware calibration"), the mean over B residual blocks of
///
///     A = mean over samples and pixels of (At(F) - At(F'))²,   At(F) = g/‖g‖ with g = mean over channels of F²
///
/// for the outputs F of the float and F' of the quantized network. Norms run over a sample's pixels and are at least 1e-12.
package struct AttentionLoss: FeatureLoss {
    /// The additions that close the blocks.
    package let nodes: Set<Int>
    /// The factor of the mean.
    private let weight: Double
    private let pool: ThreadPool

    /// Makes the loss of the blocks that these nodes close.
    package init(nodes: Set<Int>, weight: Double, pool: ThreadPool) { (self.nodes, self.weight, self.pool) = (nodes, weight, pool) }

    /// Makes the loss of all residual blocks, with the factor `attention` of the options.
    /// - Throws: `.option` for a network without residual blocks.
    init(_ run: RunDescription) throws(FinetuningError) {
        let blocks = Set(run.quantized.network.residualBlocks)
        guard !blocks.isEmpty else { throw .option("attention: the network has no residual blocks") }
        self.init(nodes: blocks, weight: Double(run.options.attention), pool: run.pool)
    }

    package func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        evaluate(student: student.values, shape: student.shape, teacher: teacher, addingTo: gradient)
    }

    /// Does the same as `FeatureLoss.evaluate` for one block's map of this shape.
    package func evaluate(
        student: UnsafePointer<Float>, shape: Shape, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let (samples, channels) = (shape.samples, shape.channels)
        let pixels = shape.countPerSample / channels
        let factor = weight / Double(nodes.count * samples * pixels)
        // Samples are independent of each other, so that each is a piece of work. The sum below runs in their order.
        var losses = [Double](repeating: 0, count: samples)
        losses.withUnsafeMutableBufferPointer { losses in
            guard let losses = losses.baseAddress else { return }
            pool.run(pieces: samples) { sample, _ in
                let at = sample * pixels * channels
                let a = Self.attention(teacher + at, pixels: pixels, channels: channels)
                let b = Self.attention(student + at, pixels: pixels, channels: channels)
                var (distance, cosine) = (0.0, 0.0)
                for pixel in 0..<pixels {
                    distance += (a.map[pixel] - b.map[pixel]) * (a.map[pixel] - b.map[pixel])
                    cosine += a.map[pixel] * b.map[pixel]
                }
                losses[sample] = factor * distance
                // dA/dg = 2 (cos · b - a) / (S P ‖g‖) at each pixel, and dg/dF' = 2 F' / C.
                let scale = 4 * factor / (b.norm * Double(channels))
                for pixel in 0..<pixels {
                    let slope = Float(scale * (cosine * b.map[pixel] - a.map[pixel]))
                    let values = student + at + pixel * channels
                    let target = gradient + at + pixel * channels
                    for channel in 0..<channels { target[channel] += slope * values[channel] }
                }
            }
        }
        return losses.reduce(0, +)
    }

    /// Returns At(F) and ‖g‖ of one sample.
    private static func attention(
        _ values: UnsafePointer<Float>, pixels: Int, channels: Int
    ) -> (map: [Double], norm: Double) {
        var map = [Double](repeating: 0, count: pixels)
        var squares = 0.0
        for pixel in 0..<pixels {
            var sum = 0.0
            for channel in 0..<channels {
                let value = Double(values[pixel * channels + channel])
                sum += value * value
            }
            map[pixel] = sum / Double(channels)
            squares += map[pixel] * map[pixel]
        }
        let norm = max(squares.squareRoot(), 1e-12)
        for pixel in 0..<pixels { map[pixel] /= norm }
        return (map, norm)
    }
}
