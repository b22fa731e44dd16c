import CKernels

/// Weights of a 3×3 layer, transformed and in the order of the kernel (`integer_winograd.h`).
enum WinogradWeights {
    private static let transform: [[Int]] = [[1, 0, 0], [1, 1, 1], [1, -1, 1], [1, 2, 4], [1, -2, 4], [0, 0, 1]]

    /// Whether a layer's sums come out exactly: transformed inputs and weights have 16 bits, and results stay below 2²⁵.
    static func fits(inputs: Int, kernel: Int, largestInput: Int, largestWeight: Int, largestSum: Double) -> Bool {
        kernel == 3 && inputs % Int(SRQ_WINOGRAD_CHANNELS) == 0 && largestInput <= Int(SRQ_WINOGRAD_LARGEST_INPUT)
            && 49 * largestWeight <= Int(Int16.max) && largestSum < Double(SRQ_WINOGRAD_LARGEST_SUM)
    }

    /// - Parameter codes: `[outputs, inputs, 3, 3]`.
    /// - Returns: `[blocks of outputs][36 positions][steps of two inputs][outputs of the block][2]`.
    static func ordered(codes: [Int16], outputs: Int, inputs: Int) -> [Int16] {
        let (block, step) = (Int(SRQ_OUTPUT_BLOCK), Int(SRQ_WIDE_STEP))
        let blocks = (outputs + block - 1) / block
        let positions = Int(SRQ_WINOGRAD_POSITIONS)
        var ordered = [Int16](repeating: 0, count: blocks * positions * inputs * block)
        for output in 0..<outputs {
            for input in 0..<inputs {
                let first = (output * inputs + input) * 9
                let transformed = transformed(codes[first..<first + 9].map(Int.init))
                for (position, value) in transformed.enumerated() {
                    let row = ((output / block * positions + position) * (inputs / step) + input / step) * block + output % block
                    ordered[row * step + input % step] = Int16(truncatingIfNeeded: value)
                }
            }
        }
        return ordered
    }

    /// G g Gᵀ of a 3×3 kernel.
    private static func transformed(_ kernel: [Int]) -> [Int] {
        let columns = transform.map { row in (0..<3).map { h in (0..<3).reduce(0) { $0 + row[$1] * kernel[$1 * 3 + h] } } }
        return columns.flatMap { column in transform.map { row in (0..<3).reduce(0) { $0 + row[$1] * column[$1] } } }
    }
}
