/// The pixel shuffle (depth to space): input channel `c·r² + i·r + j` goes to output channel `c` at `(y·r + i, x·r + j)`.
///
/// A convolution that feeds a shuffle stores its channels in shuffle order (`WeightLayout.shuffleOrder`), so that here only runs of
/// channels move.
enum PixelShuffle {
    /// Moves `rows` of a sample whose first stored row is `rows.lowerBound` to the enlarged sample at `output`.
    static func spreadRuns(
        _ input: UnsafePointer<Float>, rows: Range<Int>, width: Int, channels: Int, factor: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let run = channels / (factor * factor)
        for y in rows {
            for x in 0..<width {
                let pixel = input + ((y - rows.lowerBound) * width + x) * channels
                for i in 0..<factor {
                    let target = output + ((y * factor + i) * width * factor + x * factor) * run
                    // The `factor` pixels of one output row are neighbours, so their runs are one longer run.
                    target.update(from: pixel + i * factor * run, count: factor * run)
                }
            }
        }
    }

    /// Gathers the enlarged sample's pixels into `rows` of the sample at `output`: the way back, for gradients.
    static func gatherRuns(
        _ input: UnsafePointer<Float>, rows: Range<Int>, width: Int, channels: Int, factor: Int,
        into output: UnsafeMutablePointer<Float>
    ) {
        let run = channels / (factor * factor)
        for y in rows {
            for x in 0..<width {
                let pixel = output + (y * width + x) * channels
                for i in 0..<factor {
                    let source = input + ((y * factor + i) * width * factor + x * factor) * run
                    (pixel + i * factor * run).update(from: source, count: factor * run)
                }
            }
        }
    }
}
