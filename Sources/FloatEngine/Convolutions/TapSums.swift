/// A convolution with few outputs as one 1×1 convolution, whose results, one for every tap and output, are then shifted and
/// added.
///
/// oneDNN's kernels work on blocks of 8 outputs, so three outputs of a 3×3 kernel would cost as much as eight; as 27 outputs of a
/// 1×1 kernel they cost as much as 32, a ninth of it each.
struct TapSums: Hashable {
    /// How many channels the convolution gives.
    let outputs: Int
    /// How many pixels wide and high the kernel is.
    let kernel: Int

    /// How many results the 1×1 convolution has for every pixel: tap after tap, row by row, each with all outputs; whole blocks of
    /// 8.
    var channels: Int { (kernel * kernel * outputs + 7) / 8 * 8 }

    /// Returns weights `[outputs, inputs, kernel, kernel]` as those of the 1×1 convolution, `[channels, inputs, 1, 1]`.
    func arranged(_ weights: [Float]) -> [Float] {
        let area = kernel * kernel
        let inputs = weights.count / (outputs * area)
        var result = [Float](repeating: 0, count: channels * inputs)
        for output in 0..<outputs {
            for input in 0..<inputs {
                for tap in 0..<area {
                    result[(tap * outputs + output) * inputs + input] = weights[(output * inputs + input) * area + tap]
                }
            }
        }
        return result
    }

    /// Adds up the results of the 1×1 convolution to a band of the output.
    /// - Parameters:
    ///   - products: those of the band's input rows, `channels` for every pixel.
    ///   - output: the band's first row; overwritten.
    func add(
        _ products: UnsafePointer<Float>, band: Band, width: Int, bias: UnsafePointer<Float>?,
        into output: UnsafeMutablePointer<Float>
    ) {
        let reach = kernel / 2
        for y in band.output {
            let row = output + (y - band.output.lowerBound) * width * outputs
            for x in 0..<width {
                for channel in 0..<outputs { row[x * outputs + channel] = bias?[channel] ?? 0 }
            }
            for v in 0..<kernel where band.input.contains(y + v - reach) {
                let productRow = products + (y + v - reach - band.input.lowerBound) * width * channels
                for h in 0..<kernel {
                    let first = max(0, reach - h)
                    let columns = first..<max(first, min(width, width + reach - h))
                    let tap = productRow + (h - reach) * channels + (v * kernel + h) * outputs
                    addTap(tap, to: row, columns: columns)
                }
            }
        }
    }

    /// Adds one tap's results to columns of a row.
    private func addTap(_ tap: UnsafePointer<Float>, to row: UnsafeMutablePointer<Float>, columns: Range<Int>) {
        let channels = channels
        if outputs == 3 {
            // The last layer of every network has 3 outputs: without an inner loop it is three times faster.
            for x in columns {
                let (source, target) = (tap + x * channels, row + 3 * x)
                target[0] += source[0]
                target[1] += source[1]
                target[2] += source[2]
            }
        } else {
            for x in columns {
                for channel in 0..<outputs { row[x * outputs + channel] += tap[x * channels + channel] }
            }
        }
    }
}
