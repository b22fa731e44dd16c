import CKernels
public import FloatEngine
public import Quantizers

/// A 3×3 convolution of maps of floats in whole numbers, for training: inputs become integers of 16 bits, sums are exact,
/// results are `sum * scale + bias` in single precision.
///
/// It is Winograd's F(4×4, 3×3) (`integer_winograd.h`), a quarter of the multiplications.
public struct IntegerConvolution: RowsConvolution {
    /// How inputs become integers.
    public enum Reading: Sendable {
        /// They are the grid's integers that the quantizer rounds to.
        case levels(of: any ActivationQuantizer)
        /// Multiplied by a factor for each channel (none: 1), they are rounded to the nearest of `largest` even steps each way; the
        /// largest magnitude of the rows that are read together is the last step.
        case rounding(largest: Int, factors: [Float])
    }

    public let outputs: Int
    public let rowsTogether = Int(SRQ_WINOGRAD_SIDE)
    public let inputs: Int
    private let magnitudes: Magnitudes
    private let weights: [Int16]
    private let zeros: [Int32]
    private let reading: Reading
    private let scales, shifts: [Float]

    /// - Parameters:
    ///   - codes: `[outputs, inputs, 3, 3]`.
    ///   - scales: by output: what a sum of 1 stands for. With `rounding`, steps are counted as what they stand for.
    /// - Returns: nil where the kernel cannot take it: other kernels than 3×3, channels that are no whole blocks, numbers too large
    ///   for exact sums, an instruction set without it.
    public init?(codes: [Int16], outputs: Int, inputs: Int, reading: Reading, scales: [Float], bias: [Float]? = nil) {
        guard outputs > 0, inputs > 0, codes.count == outputs * inputs * 9, scales.count == outputs else { return nil }
        magnitudes = Magnitudes(codes, outputs: outputs)
        guard magnitudes.fit(inputs: inputs, reading) else { return nil }
        (self.outputs, self.inputs, self.reading) = (outputs, inputs, reading)
        weights = WinogradWeights.ordered(codes: codes, outputs: outputs, inputs: inputs)
        zeros = [Int32](repeating: 0, count: Self.padded(outputs))
        self.scales = Self.padded(scales)
        shifts = Self.padded(bias ?? [Float](repeating: 0, count: outputs))
    }

    /// The same weights behind another quantizer; nil where its integers are too large.
    public init?(_ other: IntegerConvolution, reading: Reading, scales: [Float]) {
        guard other.magnitudes.fit(inputs: other.inputs, reading) else { return nil }
        (outputs, inputs, magnitudes) = (other.outputs, other.inputs, other.magnitudes)
        (weights, zeros) = (other.weights, other.zeros)
        (self.reading, shifts) = (reading, other.shifts)
        self.scales = Self.padded(scales)
    }

    /// With weights in float, which are rounded: those of each output to even steps, of which the largest magnitude is the
    /// last, as many as exact sums allow, but at most 668.
    /// - Parameters:
    ///   - weights: `[outputs, inputs, 3, 3]`.
    ///   - quantizer: of the input; lies on a grid.
    public init?(rounding weights: [Float], outputs: Int, inputs: Int, levelsOf quantizer: any ActivationQuantizer) {
        guard outputs > 0, let grid = quantizer.integerGrid else { return nil }
        let size = weights.count / outputs
        let largestInput = Float(max(grid.largestInteger, 1))
        var codes = [Int16](repeating: 0, count: weights.count)
        var scales = [Float](repeating: 0, count: outputs)
        for output in 0..<outputs {
            let part = output * size..<(output + 1) * size
            let (largest, sum) = weights[part].reduce((0, 0)) { (max($0.0, abs($1)), $0.1 + abs($1)) } as (Float, Float)
            guard largest > 0, sum.isFinite else {
                guard largest == 0 else { return nil }
                continue
            }
            // Rounding raises a magnitude by half a step at most.
            let room = Float(SRQ_WINOGRAD_LARGEST_SUM) / largestInput - Float(size) / 2
            let steps = min(Float(WinogradWeights.largestWeight), (0.999 * room * largest / sum).rounded(.down))
            guard steps >= 1 else { return nil }
            scales[output] = largest / steps * grid.unit
            for index in part { codes[index] = Int16((weights[index] / largest * steps).rounded(.toNearestOrEven)) }
        }
        self.init(codes: codes, outputs: outputs, inputs: inputs, reading: .levels(of: quantizer), scales: scales)
    }

    /// The most steps each way that inputs of these weights may be rounded to; 0 where there are none.
    public static func largestRounding(codes: [Int16], outputs: Int) -> Int {
        let sum = max(Magnitudes(codes, outputs: outputs).largestSum, 1)
        return min(Int(SRQ_WINOGRAD_LARGEST_INPUT), (Int(SRQ_WINOGRAD_LARGEST_SUM) - 1) / sum)
    }

    /// What decides whether sums are exact.
    private struct Magnitudes {
        let largest: Int
        /// Over all outputs, of one.
        let largestSum: Int

        init(_ codes: [Int16], outputs: Int) {
            let size = codes.count / outputs
            (largest, largestSum) = codes.withUnsafeBufferPointer { codes in
                var (largest, largestSum) = (0, 0)
                for output in 0..<outputs {
                    var sum = 0
                    for code in codes[output * size..<(output + 1) * size] {
                        let magnitude = Int(code.magnitude)
                        sum += magnitude
                        largest = max(largest, magnitude)
                    }
                    largestSum = max(largestSum, sum)
                }
                return (largest, largestSum)
            }
        }

        /// Whether the kernel is there and can take the weights with such inputs.
        func fit(inputs: Int, _ reading: Reading) -> Bool {
            let largestInput =
                switch reading {
                case .levels(let quantizer): quantizer.integerGrid?.largestInteger ?? 0
                case .rounding(let steps, _): steps
                }
            return srq_kernels().pointee.winograd_convolution != nil && largestInput > 0
                && WinogradWeights.fits(
                    inputs: inputs, kernel: 3, largestInput: largestInput, largestWeight: largest,
                    largestSum: Double(largestSum) * Double(largestInput))
        }
    }

    private static func padded(_ count: Int) -> Int {
        let block = Int(SRQ_OUTPUT_BLOCK)
        return (count + block - 1) / block * block
    }

    private static func padded(_ values: [Float]) -> [Float] {
        values + [Float](repeating: 0, count: padded(values.count) - values.count)
    }

    // MARK: - Running

    /// So many tiles of a row of tiles are computed at a time, at most: what becomes of them stays in the second-level cache.
    private static let mostTiles = 24

    /// Equal stretches of a row of tiles, but for the last.
    private static func tilesTogether(width: Int) -> Int {
        let tiles = (width + Int(SRQ_WINOGRAD_SIDE) - 1) / Int(SRQ_WINOGRAD_SIDE)
        let stretches = (tiles + mostTiles - 1) / mostTiles
        return (tiles + stretches - 1) / stretches
    }

    /// Where things lie in the scratch memory, in floats.
    private struct Layout {
        /// Rows of integers as the kernel reads them: whole tiles, and one row and column more on every side.
        let rows, pixels: Int
        let transformed, products, scales, factored, count: Int

        init(_ convolution: IntegerConvolution, rows: Int, width: Int) {
            let side = Int(SRQ_WINOGRAD_SIDE)
            let tiles = IntegerConvolution.tilesTogether(width: width)
            let stretches = (width + tiles * side - 1) / (tiles * side)
            self.rows = (rows + side - 1) / side * side + 2
            pixels = stretches * tiles * side + 2
            var end = 0
            func place(_ floats: Int) -> Int {
                defer { end += (floats + 15) / 16 * 16 }
                return end
            }
            _ = place(self.rows * pixels * convolution.inputs / 2)
            transformed = place(tiles * Int(SRQ_WINOGRAD_POSITIONS) * convolution.inputs / 2)
            products = place(Int(SRQ_WINOGRAD_PRODUCTS))
            scales = place(convolution.scales.count)
            factored = place(convolution.factors.isEmpty ? 0 : (rows + 2) * width * convolution.inputs)
            count = end
        }
    }

    private var factors: [Float] {
        if case .rounding(_, let factors) = reading { factors } else { [] }
    }

    public func scratchCount(rows: Int, width: Int) -> Int { Layout(self, rows: rows, width: width).count }

    public func run(
        rows: Range<Int>, height: Int, width: Int, input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let layout = Layout(self, rows: rows.count, width: width)
        let integers = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Int16.self)
        let unit = read(rows, height: height, width: width, input, layout, into: integers, scratch: scratch)
        guard unit.isFinite, unit > 0 else {
            // All inputs are 0, or not all of them are numbers, which must not get lost.
            return result.update(repeating: unit == 0 ? 0 : .nan, count: rows.count * width * outputs)
        }
        let scaled = scratch + layout.scales
        for (index, scale) in scales.enumerated() { scaled[index] = scale * unit }
        let side = Int(SRQ_WINOGRAD_SIDE)
        let tiles = Self.tilesTogether(width: width)
        weights.withUnsafeBytes { weights in
            zeros.withUnsafeBufferPointer { zeros in
                shifts.withUnsafeBufferPointer { shifts in
                    guard let weights = weights.baseAddress, let zeros = zeros.baseAddress, let shifts = shifts.baseAddress else {
                        return
                    }
                    var layer = srq_integer_layer(
                        kernel: 3, channels: inputs, outputs: outputs, weights: weights, offsets: zeros, scales: scaled,
                        shifts: shifts, chain: 0)
                    for row in stride(from: 0, to: rows.count, by: side) {
                        for column in stride(from: 0, to: width, by: tiles * side) {
                            multiply(
                                &layer, integers, layout, rows: row..<min(row + side, rows.count), column: column, tiles: tiles,
                                width: width, scratch: scratch, into: result)
                        }
                    }
                }
            }
        }
    }

    /// Four rows of a stretch of tiles, or what is left of them.
    private func multiply(
        _ layer: inout srq_integer_layer, _ integers: UnsafePointer<Int16>, _ layout: Layout, rows: Range<Int>, column: Int,
        tiles: Int, width: Int, scratch: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Float>
    ) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Int16>.self, capacity: rowsTogether + 2) { window in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: rows.count) { targets in
                for y in window.indices {
                    window.initializeElement(
                        at: y, to: integers + ((rows.lowerBound + y) * layout.pixels + column) * inputs)
                }
                for y in targets.indices {
                    let target = result + ((rows.lowerBound + y) * width + column) * outputs
                    targets.initializeElement(at: y, to: UnsafeMutableRawPointer(target))
                }
                guard let window = window.baseAddress, let targets = targets.baseAddress else { return }
                var sink = srq_sink(
                    kind: SRQ_TO_FLOATS, encoder: nil, rows: UnsafePointer(targets), pixel: outputs * MemoryLayout<Float>.stride)
                withUnsafePointer(to: &sink) { sink in
                    var results = srq_results(
                        operations: nil, operation_count: 0, sinks: sink, sink_count: 1, factor: 1, rows: rows.count,
                        columns: min(tiles * Int(SRQ_WINOGRAD_SIDE), width - column))
                    srq_kernels().pointee.winograd_convolution?(
                        &layer, window, tiles,
                        UnsafeMutableRawPointer(scratch + layout.transformed).assumingMemoryBound(to: Int16.self),
                        UnsafeMutableRawPointer(scratch + layout.products).assumingMemoryBound(to: Int32.self), &results)
                }
            }
        }
    }

    /// Writes the integers of the rows, and of those above and below, with zeros around the image.
    /// - Returns: what an integer of 1 stands for.
    private func read(
        _ rows: Range<Int>, height: Int, width: Int, _ input: UnsafePointer<Float>, _ layout: Layout,
        into integers: UnsafeMutablePointer<Int16>, scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        let seen = max(0, rows.lowerBound - 1)..<min(height, rows.upperBound + 1)
        let count = width * inputs
        var source = input + seen.lowerBound * count
        let unit: Float
        var rounding = srq_affine(lower: 0, upper: 0, base: 0, step: 1)
        switch reading {
        case .levels: unit = 1
        case .rounding(let largest, let factors):
            if !factors.isEmpty {
                let none = [Float](repeating: 0, count: inputs)
                srq_kernels().pointee.scale_shift(source, factors, none, scratch + layout.factored, seen.count * width, inputs)
                source = UnsafePointer(scratch + layout.factored)
            }
            let statistics = srq_kernels().pointee.statistics(source, seen.count * count)
            let magnitude = max(statistics.maximum, -statistics.minimum)
            unit = statistics.sum_of_squares.isFinite ? magnitude / Float(largest) : .nan
            guard unit > 0 else { return unit }
            rounding = srq_affine(lower: -magnitude, upper: magnitude, base: 0, step: unit)
        }
        var one = srq_integer_line(step: 1, base: 0)
        let length = layout.pixels * inputs
        for y in 0..<layout.rows {
            let target = integers + y * length
            let row = rows.lowerBound - 1 + y
            guard seen.contains(row) else {
                target.update(repeating: 0, count: length)
                continue
            }
            target.update(repeating: 0, count: inputs)
            (target + inputs + count).update(repeating: 0, count: length - inputs - count)
            let from = source + (row - seen.lowerBound) * count
            switch reading {
            case .levels(let quantizer): quantizer.encodeIntegers(from, into: target + inputs, count: count)
            case .rounding: srq_kernels().pointee.affine_encode(&rounding, &one, from, target + inputs, count)
            }
        }
        return unit
    }
}
