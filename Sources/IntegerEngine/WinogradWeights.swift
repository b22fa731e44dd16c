import CKernels

/// The transform of a 3×3 layer's weights for the kernel of Winograd's F(4×4, 3×3) in whole numbers (`integer_winograd.h`), and the
/// conditions under which it is exact.
enum WinogradWeights {
    /// The largest magnitude of a weight, 668: transformed weights are at most 49 times as large (1 + 2 + 4 = 7 in each
    /// direction), and have 16 bits.
    static let largestWeight = Int(Int16.max) / 49

    /// Whether a layer's sums come out exactly: transformed inputs and weights have 16 bits, and results stay below 2²⁵.
    static func fits(inputs: Int, kernel: Int, largestInput: Int, largestWeight: Int, largestSum: Double) -> Bool {
        kernel == 3 && inputs % Int(SRQ_WINOGRAD_CHANNELS) == 0 && largestInput <= Int(SRQ_WINOGRAD_LARGEST_INPUT)
            && largestWeight <= Self.largestWeight && largestSum < Double(SRQ_WINOGRAD_LARGEST_SUM)
    }

    /// Returns the transformed weights of a layer that `fits` in the order of the kernel.
    /// - Parameter codes: The weights' codes, `[outputs, inputs, 3, 3]`.
    /// - Returns: `[blocks of outputs][36 positions][steps of two inputs][outputs of the block][2]`.
    static func ordered(codes: [Int16], outputs: Int, inputs: Int) -> [Int16] {
        let (block, step) = (Int(SRQ_OUTPUT_BLOCK), Int(SRQ_WIDE_STEP))
        let blocks = (outputs + block - 1) / block
        let (positions, position) = (Int(SRQ_WINOGRAD_POSITIONS), inputs * block)
        return [Int16](unsafeUninitializedCapacity: blocks * positions * position) { ordered, count in
            count = blocks * positions * position
            // Outputs that only fill up the last block stay 0.
            if outputs % block > 0 { ordered.update(repeating: 0) }
            for output in 0..<outputs {
                for input in 0..<inputs {
                    let kernel = (output * inputs + input) * 9
                    let columns = (
                        transformed(codes[kernel], codes[kernel + 3], codes[kernel + 6]),
                        transformed(codes[kernel + 1], codes[kernel + 4], codes[kernel + 7]),
                        transformed(codes[kernel + 2], codes[kernel + 5], codes[kernel + 8])
                    )
                    var place =
                        output / block * positions * position + (input / step * block + output % block) * step + input % step
                    for row in 0..<6 {
                        let values = transformed(columns.0[row], columns.1[row], columns.2[row])
                        for column in 0..<6 {
                            ordered[place] = values[column]
                            place += position
                        }
                    }
                }
            }
        }
    }

    /// Returns the transform of three weights in a line, the six rows of `integer_winograd.h`, and two numbers that nobody
    /// reads. Numbers that `fits` has let through do not overflow.
    private static func transformed(_ a: Int16, _ b: Int16, _ c: Int16) -> SIMD8<Int16> {
        let (outer, far) = (a &+ c, a &+ 4 &* c)
        return SIMD8(a, outer &+ b, outer &- b, far &+ 2 &* b, far &- 2 &* b, c, 0, 0)
    }
}
