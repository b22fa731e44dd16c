/// Some rows of a convolution's output and the rows of its input that they need: one piece of work.
///
/// Bands follow from the shape alone, never from the number of threads, so sums and rounding do not depend on it.
struct Band: Equatable {
    var output: Range<Int>
    var input: Range<Int>
    /// Rows of zeros that stand for input above the first and below the last row.
    var paddingTop: Int
    var paddingBottom: Int

    /// Floats in the input of one band: half of a 512 KB second-level cache, since weights and output want room as well.
    private static let inputFloats = 64 * 1024

    /// - Parameter multiple: of which a band has a whole number of rows, but for the last.
    static func cut(height: Int, width: Int, channels: Int, kernel: Int, multiple: Int = 1) -> [Band] {
        let most = max(4, inputFloats / (width * channels))
        let count = (height + most - 1) / most
        let rows = ((height + count - 1) / count + multiple - 1) / multiple * multiple
        let reach = kernel / 2
        return stride(from: 0, to: height, by: rows).map { first in
            let output = first..<min(first + rows, height)
            let input = max(0, output.lowerBound - reach)..<min(height, output.upperBound + reach)
            return Band(
                output: output, input: input,
                paddingTop: reach - (output.lowerBound - input.lowerBound),
                paddingBottom: reach - (input.upperBound - output.upperBound))
        }
    }
}
