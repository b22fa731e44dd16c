/// A piece of work: some rows of a convolution's output and the rows of its input that they need.
///
/// Bands follow from the shape alone, never from the number of threads, so sums and rounding do not depend on it.
struct Band: Equatable {
    /// The rows of the output.
    var output: Range<Int>
    /// The rows of the input that they read, as far as there are any.
    var input: Range<Int>
    /// How many rows of zeros stand for input above the first row of the map.
    var paddingTop: Int
    /// How many rows of zeros stand for input below the last row of the map.
    var paddingBottom: Int

    /// The floats in the input of one band: half of a 512 KB second-level cache, since weights and output want room as well.
    private static let inputFloats = 64 * 1024

    /// Returns the bands of a map in order: as few as the cache allows, all but the last of the same number of rows.
    /// - Parameter multiple: the number of rows of every band is a multiple of it, but for the last.
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
