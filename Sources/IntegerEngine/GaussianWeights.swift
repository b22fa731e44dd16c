import CKernels
import Quantizers

/// The numbers of a 3×3 layer with at most 16 input levels for the kernel over the Gaussian integers (`gaussian_winograd.h`).
/// That one could be made is the proof that bytes hold all transformed inputs and weights, and that sums are exact.
struct GaussianWeights {
    /// The transformed weights, signed bytes:
    /// `[blocks of outputs][46 positions][steps of four inputs][outputs of the block][4]`.
    let weights: [UInt8]
    /// The numbers that the sums of a position begin with, which take back what the raises add:
    /// `[blocks of outputs][46 positions][outputs of the block]`.
    let starts: [Int32]
    /// The number that is added to transformed inputs so that they fit a byte (`raises`), modulo 256, and how many steps in a
    /// row 16 bits can sum (`chains`; 0 where the kernel sums in 32 bits at once), both by position.
    let raises, chains: [UInt8]
    /// The code that stands for pixels outside the image, modulo 256.
    let border: UInt8
    /// The number that is added to a sum, by what of its window lies outside the image (`SRQ_GAUSSIAN_EDGES`) and by output,
    /// padded to whole blocks; empty where sums need no offset.
    let offsets: [Float]
    /// The distance of two neighbouring levels in units of the grid: code c stands for the integer `step` * c + the lowest one.
    let step: Int

    private static let positions = Int(SRQ_GAUSSIAN_POSITIONS)
    private static let edges = Int(SRQ_GAUSSIAN_EDGES)
    /// The index of position (1, 1), whose sums are part of every one of the 4 × 4 results with a factor of 1 in each direction.
    private static let one = 8
    /// The largest difference of two codes: transformed inputs span at most sixteen times as much, and 16 * 15 = 240 fits a byte.
    private static let largestSpan = 15

    /// The reasons why a layer does not fit the kernel.
    enum Refusal: Error, CustomStringConvertible {
        case kernel, inputs, uneven, sum, chain
        case span(Int)
        case weight(Int)

        var description: String {
            switch self {
            case .kernel: "not a 3x3 window"
            case .inputs: "its inputs are no whole blocks of \(SRQ_GAUSSIAN_CHANNELS)"
            case .uneven: "its input's levels are not evenly spaced"
            case .span(let span): "its input's codes span \(span), more than \(GaussianWeights.largestSpan)"
            case .weight(let weight): "a transformed weight would be \(weight), which is no signed byte"
            case .sum: "its sums may reach 2^24"
            case .chain: "too few of its products fit a sum of 16 bits"
            }
        }
    }

    /// Transforms the weights of a layer and proves that it fits the kernel.
    /// - Parameters:
    ///   - codes: The weights' codes, `[outputs, inputs, 3, 3]`.
    ///   - kernel: The side of the window.
    ///   - grid: The grid of the layer's input, whose integers must be evenly spaced.
    ///   - largestSum: The largest magnitude that a sum of weights times integers can have.
    ///   - kernels: The kernels that the layer will run on.
    /// - Throws: The reason why the layer does not fit.
    init(
        codes: [Int16], outputs: Int, inputs: Int, kernel: Int, grid: IntegerGrid, largestSum: Double, kernels: srq_kernel_table
    ) throws(Refusal) {
        guard kernel == 3 else { throw .kernel }
        guard inputs % Int(SRQ_GAUSSIAN_CHANNELS) == 0 else { throw .inputs }
        // Sums and offsets are added in single precision, which holds whole numbers up to 2^24 exactly. Before that, sums are
        // 16 times as large, and below 2^28 fit 32 bits.
        guard largestSum < 0x1p24 else { throw .sum }
        let levels = grid.integers.map(Int.init)
        let base = levels.first ?? 0
        let step = levels.count > 1 ? levels[1] - base : 1
        guard levels.indices.allSatisfy({ levels[$0] == base + step * $0 }) else { throw .uneven }
        var (low, high) = (0, levels.count - 1)
        guard high - low <= Self.largestSpan else { throw .span(high - low) }
        // Pixels outside the image are 0. Where no code stands for 0, or only one too far from the others, the nearest code is
        // stored there instead, and the offsets take back what it adds.
        let zero = Int((Double(-base) / Double(step)).rounded())
        var border = min(max(zero, low), high)
        if base + step * zero == 0, max(high, zero) - min(low, zero) <= Self.largestSpan {
            (low, high, border) = (min(low, zero), max(high, zero), zero)
        }
        (self.step, self.border) = (step, UInt8(truncatingIfNeeded: border))
        let ranges = GaussianTransform.ranges(low: low, high: high)
        let lowest = Int(kernels.gaussian_lowest)
        raises = ranges.map { UInt8(truncatingIfNeeded: lowest - $0.lowerBound) }

        let (block, four) = (Int(SRQ_OUTPUT_BLOCK), Int(SRQ_NARROW_STEP))
        let blocks = (outputs + block - 1) / block
        let padded = blocks * block
        var ordered = [Int8](repeating: 0, count: padded * Self.positions * inputs)
        var starts = [Int32](repeating: 0, count: padded * Self.positions)
        var taps = [Int](repeating: 0, count: outputs * 9)
        if let large = codes.first(where: { $0.magnitude > Int8.max.magnitude }) { throw .weight(Int(large)) }
        let lifts = ranges.map { Int32(lowest - $0.lowerBound) }
        var largest = 0
        codes.withUnsafeBufferPointer { codes in
            withUnsafeTemporaryAllocation(of: Int16.self, capacity: Self.positions) { transformed in
                for output in 0..<outputs {
                    let first = output / block * Self.positions
                    for input in 0..<inputs {
                        let kernel = (output * inputs + input) * 9
                        for tap in 0..<9 { taps[output * 9 + tap] += Int(codes[kernel + tap]) }
                        GaussianTransform.weights(codes, at: kernel, into: transformed)
                        for position in 0..<Self.positions {
                            let weight = transformed[position]
                            if Int8(exactly: weight) == nil { largest = Int(weight) }
                            let place = ((first + position) * (inputs / four) + input / four) * block + output % block
                            ordered[place * four + input % four] = Int8(truncatingIfNeeded: weight)
                            // The start takes back what the raise adds to the sum.
                            starts[(first + position) * block + output % block] -= Int32(weight) * lifts[position]
                        }
                    }
                }
            }
        }
        guard largest == 0 else { throw .weight(largest) }
        // Where an integer is its code plus `base`, and the border's code stands for 0, every window lacks the same: `base`
        // times the sum of the weights. It goes into the start of the one position that all results contain, 16 times, as
        // results are.
        let isPlain = step == 1 && base + border == 0
        if isPlain {
            for output in 0..<outputs {
                let sum = taps[output * 9..<output * 9 + 9].reduce(0, +)
                starts[(output / block * Self.positions + Self.one) * block + output % block] += Int32(16 * base * sum)
            }
            offsets = []
        } else {
            offsets = Self.offsets(taps, outputs: outputs, padded: padded, inside: base, outside: -step * border)
        }
        self.starts = starts
        chains =
            kernels.narrow_is_unchained
            ? [UInt8](repeating: 0, count: Self.positions)
            : try Self.chains(ordered, blocks: blocks, steps: inputs / four, ranges: ranges)
        weights = ordered.map { UInt8(bitPattern: $0) }
    }

    /// Returns the number that a sum of weights times codes lacks, by edge and output: for each tap inside the image its weight
    /// times `inside`, and for each outside its weight times `outside`.
    private static func offsets(_ taps: [Int], outputs: Int, padded: Int, inside: Int, outside: Int) -> [Float] {
        var result = [Float](repeating: 0, count: edges * padded)
        for edge in 0..<edges {
            for output in 0..<outputs {
                var sum = 0
                for tap in 0..<9 {
                    let (row, column) = (tap / 3, tap % 3)
                    let isOutside =
                        row == 0 && edge & 4 != 0 || row == 2 && edge & 8 != 0
                        || column == 0 && edge & 1 != 0 || column == 2 && edge & 2 != 0
                    sum += taps[output * 9 + tap] * (isOutside ? outside : inside)
                }
                result[edge * padded + output] = Float(sum)
            }
        }
        return result
    }

    /// The most instructions that all positions may take for a step of four channels and one register of sums, where bytes are
    /// summed in 16 bits. Each position takes a multiplication and an addition for the step, and two more at the end of each
    /// chain, to add its sums to those of 32 bits. `winograd` takes 144 (36 positions, two steps of two channels, two
    /// instructions each), and finishes its results a little sooner, so not all of the difference is a gain.
    private static let mostInstructions = 122.0

    /// Returns how many steps in a row 16 bits can sum at each position, as many as its own weights and transformed inputs
    /// allow without overflow, at most 255, in equal parts of all steps.
    /// - Throws: `.chain` where a single step may overflow, or where so many chains are slower than 16-bit products.
    private static func chains(_ weights: [Int8], blocks: Int, steps: Int, ranges: [ClosedRange<Int>]) throws(Refusal) -> [UInt8] {
        let (block, four) = (Int(SRQ_OUTPUT_BLOCK), Int(SRQ_NARROW_STEP))
        /// Whether no 16-bit sum of `chain` steps at a position can overflow, whatever the inputs: a sum takes two of a step's four
        /// channels, and raised inputs are between 0 and `largest`.
        func fits(_ position: Int, chain: Int) -> Bool {
            let largest = ranges[position].upperBound - ranges[position].lowerBound
            for first in 0..<blocks {
                for lane in 0..<block {
                    for pair in [0, 2] {
                        var (above, below) = (0, 0)
                        for step in 0..<steps {
                            if step % chain == 0 { (above, below) = (0, 0) }
                            let at = (((first * positions + position) * steps + step) * block + lane) * four + pair
                            for weight in weights[at..<at + 2] {
                                if weight > 0 { above += Int(weight) } else { below += Int(weight) }
                            }
                            if above * largest > Int(Int16.max) || below * largest < Int(Int16.min) { return false }
                        }
                    }
                }
            }
            return true
        }
        var (result, instructions) = ([UInt8](), 0.0)
        for position in 0..<positions {
            // Chains are tried from long to short, always as equal parts of all steps. A byte holds 255 at most.
            var parts = (steps + 254) / 255
            var chain = (steps + parts - 1) / parts
            while !fits(position, chain: chain) {
                guard chain > 1 else { throw .chain }
                parts = (steps + chain - 2) / (chain - 1)
                chain = (steps + parts - 1) / parts
            }
            instructions += 2 + 2 / Double(chain)
            result.append(UInt8(chain))
        }
        guard instructions <= mostInstructions else { throw .chain }
        return result
    }
}

/// The transforms of `gaussian_winograd.h`, for weights and for the ranges that inputs lie in.
enum GaussianTransform {
    /// The rows of the transform of six inputs in a line, for the points 0, 1, -1, infinity, and the real and the imaginary
    /// part of i.
    private static let inputRows = [
        [1, 0, 0, 0, -1, 0], [0, 1, 1, 1, 1, 0], [0, -1, 1, -1, 1, 0], [0, -1, 0, 0, 0, 1],
        [0, 0, -1, 0, 1, 0], [0, -1, 0, 1, 0, 0],
    ]

    /// Returns the numbers of the 46 positions, made of the 6 × 6 numbers of a transform in two directions whose rows and
    /// columns belong to 0, 1, -1, infinity, and the real and the imaginary part of i.
    /// - Parameter complex: It makes the three numbers of a complex position a + i b.
    private static func positions(_ real: [Int], complex: (_ a: Int, _ b: Int) -> [Int]) -> [Int] {
        func at(_ row: Int, _ column: Int) -> Int { real[row * 6 + column] }
        var result: [Int] = []
        for row in 0..<4 {
            for column in 0..<4 { result.append(at(row, column)) }
            result += complex(at(row, 4), at(row, 5))
        }
        for column in 0..<4 { result += complex(at(4, column), at(5, column)) }
        result += complex(at(4, 4) - at(5, 5), at(4, 5) + at(5, 4))
        result += complex(at(4, 4) + at(5, 5), at(5, 4) - at(4, 5))
        return result
    }

    /// Writes the transformed weights, by position, of the 3 × 3 window that begins at `first`.
    ///
    /// Weights of a signed byte do not overflow the 16 bits: transformed ones are at most 16 times as large, and 2 * 16 * 127
    /// is below 2^15.
    static func weights(_ kernel: UnsafeBufferPointer<Int16>, at first: Int, into result: UnsafeMutableBufferPointer<Int16>) {
        func line(_ a: Int16, _ b: Int16, _ c: Int16) -> SIMD8<Int16> {
            SIMD8(4 &* a, a &+ b &+ c, a &- b &+ c, 4 &* c, a &- c, b, 0, 0)
        }
        func row(_ place: Int, _ columns: (SIMD8<Int16>, SIMD8<Int16>, SIMD8<Int16>)) -> SIMD8<Int16> {
            line(columns.0[place], columns.1[place], columns.2[place])
        }
        func store(_ a: Int16, _ b: Int16, at place: Int) {
            result[place] = a
            result[place + 1] = b &- a
            result[place + 2] = a &+ b
        }
        let columns = (
            line(kernel[first], kernel[first + 3], kernel[first + 6]),
            line(kernel[first + 1], kernel[first + 4], kernel[first + 7]),
            line(kernel[first + 2], kernel[first + 5], kernel[first + 8])
        )
        for place in 0..<4 {
            let values = row(place, columns)
            for column in 0..<4 { result[7 * place + column] = values[column] }
            store(values[4], values[5], at: 7 * place + 4)
        }
        let (real, imaginary) = (row(4, columns), row(5, columns))
        for column in 0..<4 { store(real[column], imaginary[column], at: 28 + 3 * column) }
        store(real[4] &- imaginary[5], real[5] &+ imaginary[4], at: 40)
        store(real[4] &+ imaginary[5], imaginary[4] &- real[5], at: 43)
    }

    /// Returns the range of transformed inputs at each position when all inputs lie between `low` and `high`.
    static func ranges(low: Int, high: Int) -> [ClosedRange<Int>] {
        var lowest = [Int](repeating: 0, count: Int(SRQ_GAUSSIAN_POSITIONS))
        var highest = lowest
        for v in 0..<6 {
            for h in 0..<6 {
                let real = (0..<36).map { inputRows[$0 / 6][v] * inputRows[$0 % 6][h] }
                for (position, part) in positions(real, complex: { [$0 + $1, $0, $1] }).enumerated() {
                    lowest[position] += part * (part > 0 ? low : high)
                    highest[position] += part * (part > 0 ? high : low)
                }
            }
        }
        return zip(lowest, highest).map { $0...$1 }
    }
}
