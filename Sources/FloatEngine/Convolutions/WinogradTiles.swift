import CKernels

/// A 3×3 convolution as Winograd's F(4×4, 3×3) (`winograd.h`): a quarter of the multiplications, which are oneDNN's, as a 1×1
/// convolution for each of a tile's 36 positions; the transforms around them are kernels.
///
/// oneDNN's own Winograd is for AVX-512 alone. Results differ from direct ones in the last bits, so sums that have to be exact are
/// not computed like this.
struct WinogradTiles: Hashable {
    private static let positions = Int(SRQ_WINOGRAD_POSITIONS)
    static let side = Int(SRQ_WINOGRAD_SIDE)

    let inputs, outputs, width: Int

    /// - Returns: nil for a shape that it does not compute.
    init?(inputs: Int, outputs: Int, kernel: Int, width: Int) {
        let block = Int(SRQ_WINOGRAD_CHANNELS)
        guard kernel == 3, inputs % block == 0, outputs % block == 0 else { return nil }
        (self.inputs, self.outputs, self.width) = (inputs, outputs, width)
    }

    private var columns: Int { (width + Self.side - 1) / Self.side }
    private func count(rows: Int) -> Int { (rows + Self.side - 1) / Self.side * columns }

    /// Floats that tiles take which are multiplied together, before and after the products: as few as do not cost the products
    /// their speed, since the second-level cache does not hold more than a part of them.
    private static let floatsTogether = 320 * 1024

    /// How many tiles are multiplied together where a band has so many rows: parts of about one size.
    func tilesTogether(rows: Int) -> Int {
        let count = count(rows: rows)
        let most = max(Self.floatsTogether / (Self.positions * (inputs + outputs)), 32)
        let parts = (count + most - 1) / most
        return (count + parts - 1) / parts
    }

    /// Floats of the tiles that are multiplied together, before and after the products.
    /// - Parameter rows: of bands.
    func demand(rows: [Int]) -> Int {
        let tiles = rows.map(tilesTogether).max() ?? 0
        return Self.positions * (Self.distance(tiles * inputs) + Self.distance(tiles * outputs))
    }

    /// Returns how many floats lie from one position to the next: one line of the cache more than there are, so that the positions
    /// of a tile, written one after the other, do not all fall into the same few lines.
    private static func distance(_ floats: Int) -> Int { floats + 16 }

    /// Columns of zeros beside the input: whole tiles and the pixels that reach into them.
    var padding: (left: Int, right: Int) { (1, Self.side * columns + 1 - width) }

    /// Returns how many rows of the input the tiles of so many result rows read, zeros around the image included.
    static func inputRows(for rows: Int) -> Int { (rows + side - 1) / side * side + 2 }

    /// Returns weights `[outputs, inputs, 3, 3]` as `[positions, outputs, inputs, 1, 1]`.
    func arranged(_ weights: [Float]) -> [Float] { Self.transformed(weights, outputs: outputs, inputs: inputs) }

    /// Returns weights `[outputs, inputs, 3, 3]`, transformed, as `[positions, outputs, inputs]`.
    static func transformed(_ weights: [Float], outputs: Int, inputs: Int) -> [Float] {
        let position = outputs * inputs
        var result = [Float](repeating: 0, count: positions * position)
        for index in 0..<position {
            func weight(_ tap: Int) -> Double { Double(weights[index * 9 + tap]) }
            let left = transformed(weight(0), weight(3), weight(6))
            let middle = transformed(weight(1), weight(4), weight(7))
            let right = transformed(weight(2), weight(5), weight(8))
            for row in 0..<6 {
                let values = transformed(left[row], middle[row], right[row])
                for column in 0..<6 { result[(row * 6 + column) * position + index] = Float(values[column]) }
            }
        }
        return result
    }

    /// Returns G g for three numbers in a line, with two lanes to spare.
    private static func transformed(_ a: Double, _ b: Double, _ c: Double) -> SIMD8<Double> {
        let (outer, far) = (a + c, a + 4 * c)
        return SIMD8(a / 4, -(outer + b) / 6, -(outer - b) / 6, (far + 2 * b) / 24, (far - 2 * b) / 24, c, 0, 0)
    }

    /// Computes `[rows, width, outputs]`.
    /// - Parameters:
    ///   - source: `inputRows(for: rows)` rows of the input with its padding.
    ///   - primitive: a 1×1 convolution of a row of `tilesTogether(rows: rows)` pixels.
    ///   - accumulates: adds to what is in `output`.
    ///   - tiles: `demand(rows: [rows])` floats of scratch memory.
    ///   - scratch: oneDNN's.
    /// - Returns: what failed, or nil.
    func run(
        rows: Int, source: UnsafePointer<Float>, weights: UnsafePointer<Float>, primitive: ConvolutionPrimitive,
        bias: UnsafePointer<Float>?, accumulates: Bool, relu: Bool, into output: UnsafeMutablePointer<Float>,
        tiles: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) -> String? {
        let kernels = srq_kernels().pointee
        let (together, all) = (tilesTogether(rows: rows), count(rows: rows))
        let (transformedPosition, productPosition) = (Self.distance(together * inputs), Self.distance(together * outputs))
        let (transformed, products) = (tiles, tiles + Self.positions * transformedPosition)
        let sourceRow = (width + padding.left + padding.right) * inputs
        for first in stride(from: 0, to: all, by: together) {
            let end = min(first + together, all)
            let runs = runs(of: first..<end)
            for run in runs {
                let from = source + Self.side * (run.row * sourceRow + run.column * inputs)
                let place = (run.first - first) * inputs
                kernels.winograd_transform(from, sourceRow, inputs, run.count, transformed + place, transformedPosition)
            }
            // What is there from before could be anything, and some numbers are slow to multiply.
            for position in 0..<Self.positions {
                let (filled, left) = ((end - first) * inputs, (first + together - end) * inputs)
                let start = transformed + position * transformedPosition
                (start + filled).update(repeating: 0, count: left)
            }
            let failure = primitive.forward(
                count: Self.positions, transformed, apart: transformedPosition, weights: weights, into: products,
                apart: productPosition, scratch: scratch)
            if let failure { return failure }
            for run in runs {
                let (y, x) = (Self.side * run.row, Self.side * run.column)
                var results = srq_winograd_results(
                    bias: bias, accumulate: accumulates, relu: relu, outputs: outputs, rows: min(Self.side, rows - y),
                    columns: width - x, row_length: width * outputs, position: productPosition)
                kernels.winograd_results(
                    &results, products + (run.first - first) * outputs, run.count, output + (y * width + x) * outputs)
            }
        }
        return nil
    }

    /// Tiles, counted row by row, that lie beside each other.
    private struct Run {
        var first, row, column, count: Int
    }

    private func runs(of tiles: Range<Int>) -> [Run] {
        var runs: [Run] = []
        var next = tiles.lowerBound
        while next < tiles.upperBound {
            let (row, column) = (next / columns, next % columns)
            let count = min(columns - column, tiles.upperBound - next)
            runs.append(Run(first: next, row: row, column: column, count: count))
            next += count
        }
        return runs
    }
}
