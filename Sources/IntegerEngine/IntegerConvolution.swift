import CKernels
public import FloatEngine
public import Quantizers

/// A 3×3 convolution of maps of floats in whole numbers, for training (docs/integers.md, "Finetuning in whole numbers"): inputs
/// become integers of 16 bits, sums are exact, and results are `sum * scale + bias` in single precision, each operation rounded
/// by itself.
///
/// The kernel is Winograd's F(4×4, 3×3) (`integer_winograd.h`), which takes a quarter of the multiplications. A convolution is
/// immutable, and several threads may run it at the same time.
public struct IntegerConvolution: RowsConvolution {
    /// The way in which inputs become integers.
    public enum Reading: Sendable {
        /// Inputs become the integers of the grid levels that the quantizer rounds them to.
        case levels(of: any ActivationQuantizer)
        /// Inputs are multiplied by a factor for each channel (by none if `factors` is empty) and rounded to the nearest of
        /// `largest` even steps each way; the last step is the largest magnitude of the rows that are read together.
        case rounding(largest: Int, factors: [Float])
    }

    /// The number of output channels.
    public let outputs: Int
    /// The number of rows that are computed together: the 4 of a tile.
    public let rowsTogether = Int(SRQ_WINOGRAD_SIDE)
    /// The number of input channels.
    public let inputs: Int
    private let magnitudes: Magnitudes
    private let weights: [Int16]
    /// The offsets that the kernel does not read but has to be given.
    private let zeros: [Int32]
    private let reading: Reading
    /// The quantizer of `.levels` as kernels read it, which is faster than its formula.
    private let encoder: Encoder?
    private let scales, shifts: [Float]

    /// Makes a convolution of whole weights; nil where the kernel cannot take it: windows other than 3×3, input channels that
    /// are no whole blocks of 16, numbers too large for exact sums, an instruction set without the kernel.
    /// - Parameters:
    ///   - codes: The weights' codes, `[outputs, inputs, 3, 3]`.
    ///   - scales: The value that a sum of 1 stands for, by output. With `.rounding` the value of an input's step is left out:
    ///     `run` multiplies by it.
    ///   - bias: The number that is added to each output's results, or nil for none.
    public init?(codes: [Int16], outputs: Int, inputs: Int, reading: Reading, scales: [Float], bias: [Float]? = nil) {
        guard outputs > 0, inputs > 0, codes.count == outputs * inputs * 9, scales.count == outputs else { return nil }
        magnitudes = Magnitudes(codes, outputs: outputs)
        guard magnitudes.fit(inputs: inputs, reading) else { return nil }
        (self.outputs, self.inputs, self.reading, encoder) = (outputs, inputs, reading, Self.encoder(reading))
        weights = WinogradWeights.ordered(codes: codes, outputs: outputs, inputs: inputs)
        zeros = [Int32](repeating: 0, count: Self.padded(outputs))
        self.scales = Self.padded(scales)
        shifts = Self.padded(bias ?? [Float](repeating: 0, count: outputs))
    }

    /// Makes a convolution that shares the weights and bias of `other` and reads its inputs in another way; nil where these can
    /// be too large for exact sums.
    /// - Parameter scales: The value that a sum of 1 stands for, by output.
    public init?(_ other: IntegerConvolution, reading: Reading, scales: [Float]) {
        guard other.magnitudes.fit(inputs: other.inputs, reading) else { return nil }
        (outputs, inputs, magnitudes) = (other.outputs, other.inputs, other.magnitudes)
        (weights, zeros) = (other.weights, other.zeros)
        (self.reading, encoder, shifts) = (reading, Self.encoder(reading), other.shifts)
        self.scales = Self.padded(scales)
    }

    /// Returns the encoder of `.levels`; nil for a quantizer without a grid, which nothing is made of, and for `.rounding`.
    private static func encoder(_ reading: Reading) -> Encoder? {
        if case .levels(let quantizer) = reading { Encoder(quantizer) } else { nil }
    }

    /// Makes a convolution of weights in float, which are rounded: those of each output to even steps, the last of which is the
    /// largest magnitude. There are as many steps each way as exact sums allow, but at most 668 (32767 / 49: see
    /// `WinogradWeights`).
    ///
    /// Edge cases: an output whose weights are all 0 stays 0. The result is nil where the quantizer has no grid, where weights
    /// are not finite, or where the kernel cannot take the layer.
    /// - Parameters:
    ///   - weights: The weights, `[outputs, inputs, 3, 3]`.
    ///   - quantizer: The quantizer of the input, whose levels lie on a grid.
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
            // Rounding raises a magnitude by half a step at most; 0.999 leaves room for the rounding of this quotient itself.
            let room = Float(SRQ_WINOGRAD_LARGEST_SUM) / largestInput - Float(size) / 2
            let steps = min(Float(WinogradWeights.largestWeight), (0.999 * room * largest / sum).rounded(.down))
            guard steps >= 1 else { return nil }
            scales[output] = largest / steps * grid.unit
            for index in part { codes[index] = Int16((weights[index] / largest * steps).rounded(.toNearestOrEven)) }
        }
        self.init(codes: codes, outputs: outputs, inputs: inputs, reading: .levels(of: quantizer), scales: scales)
    }

    /// Returns the largest number of even steps each way that inputs may be rounded to (`Reading.rounding`) so that sums with
    /// these weights stay exact, at most 327; 0 where even one step is too many.
    /// - Parameter codes: The weights' codes, `[outputs, inputs, 3, 3]`.
    public static func largestRounding(codes: [Int16], outputs: Int) -> Int {
        let sum = max(Magnitudes(codes, outputs: outputs).largestSum, 1)
        return min(Int(SRQ_WINOGRAD_LARGEST_INPUT), (Int(SRQ_WINOGRAD_LARGEST_SUM) - 1) / sum)
    }

    /// The magnitudes of weights that decide whether sums are exact.
    private struct Magnitudes {
        /// The largest magnitude of a weight.
        let largest: Int
        /// The largest sum of the magnitudes of one output's weights.
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

        /// Whether the machine has the kernel, and sums of these weights times inputs read like this are exact.
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

    /// Returns a number of outputs, rounded up to whole blocks.
    private static func padded(_ count: Int) -> Int {
        let block = Int(SRQ_OUTPUT_BLOCK)
        return (count + block - 1) / block * block
    }

    /// Returns one value for each output, padded with zeros to whole blocks.
    private static func padded(_ values: [Float]) -> [Float] {
        values + [Float](repeating: 0, count: padded(values.count) - values.count)
    }

    // MARK: - Running

    /// The most tiles of a row of tiles that are computed at a time: their transformed inputs stay in the second-level cache.
    private static let mostTiles = 24

    /// Returns how many tiles of a row of tiles are computed at a time: the row is cut into equal stretches, but for the last.
    private static func tilesTogether(width: Int) -> Int {
        let tiles = (width + Int(SRQ_WINOGRAD_SIDE) - 1) / Int(SRQ_WINOGRAD_SIDE)
        let stretches = (tiles + mostTiles - 1) / mostTiles
        return (tiles + stretches - 1) / stretches
    }

    /// The division of the scratch memory: positions and sizes count floats, and every part begins at a multiple of 16 of them,
    /// a cache line.
    private struct Layout {
        /// The rows and columns of integers that begin the scratch memory, as the kernel reads them: whole tiles, and one row
        /// and column more on every side.
        let rows, pixels: Int
        /// The positions of transformed inputs, products, scales, and inputs after the multiplication by factors, and the size
        /// of all.
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

    /// The factors by input channel that inputs are multiplied by before they are rounded; empty where there are none.
    private var factors: [Float] {
        if case .rounding(_, let factors) = reading { factors } else { [] }
    }

    /// Returns how many floats of scratch memory `run` needs for so many rows of `width` pixels.
    public func scratchCount(rows: Int, width: Int) -> Int { Layout(self, rows: rows, width: width).count }

    /// Computes rows of the result, `[rows.count, width, outputs]`.
    ///
    /// Edge cases: with `.rounding`, rows are 0 where all inputs are, and NaN where one is not finite or too large to tell.
    /// - Parameters:
    ///   - rows: The rows to compute.
    ///   - input: The first row of the map, `[height, width, inputs]`.
    ///   - fused: What is done with inputs and results on the way.
    ///   - scratch: Memory for `scratchCount(rows:width:)` floats that no other thread uses.
    public func run(
        rows: Range<Int>, height: Int, width: Int, input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        fused: RowsFusion, scratch: UnsafeMutablePointer<Float>
    ) {
        let layout = Layout(self, rows: rows.count, width: width)
        let integers = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Int16.self)
        let unit = read(
            rows, height: height, width: width, input, layout, gathered: fused.gathered, into: integers, scratch: scratch)
        guard unit.isFinite, unit > 0 else {
            // Either all inputs are 0, or some are not finite, which must show in the result.
            let count = rows.count * width * outputs
            guard unit == 0, let added = fused.added else { return result.update(repeating: unit == 0 ? 0 : .nan, count: count) }
            return result.update(from: added, count: count)
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
                                width: width, scratch: scratch, into: result, fused)
                        }
                    }
                }
            }
        }
    }

    /// Computes the results of a stretch of tiles: four rows, or the remaining ones at the end of `rows`.
    private func multiply(
        _ layer: inout srq_integer_layer, _ integers: UnsafePointer<Int16>, _ layout: Layout, rows: Range<Int>, column: Int,
        tiles: Int, width: Int, scratch: UnsafeMutablePointer<Float>, into result: UnsafeMutablePointer<Float>,
        _ fused: RowsFusion
    ) {
        let factor = fused.shuffle
        withUnsafeTemporaryAllocation(of: UnsafePointer<Int16>.self, capacity: rowsTogether + 2) { window in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: rows.count * factor) { targets in
                for y in window.indices {
                    window.initializeElement(
                        at: y, to: integers + ((rows.lowerBound + y) * layout.pixels + column) * inputs)
                }
                for y in targets.indices {
                    // A row has an equal share of the outputs of all pixels.
                    let target = result + ((rows.lowerBound * factor + y) * width + column) * (outputs / factor)
                    targets.initializeElement(at: y, to: UnsafeMutableRawPointer(target))
                }
                let added = fused.added.map { $0 + (rows.lowerBound * width + column) * outputs }
                guard let window = window.baseAddress, let targets = targets.baseAddress else { return }
                var sink = srq_sink(
                    kind: SRQ_TO_FLOATS, encoder: nil, rows: UnsafePointer(targets),
                    pixel: outputs / (factor * factor) * MemoryLayout<Float>.stride)
                withUnsafePointer(to: &sink) { sink in
                    Self.withOperations(fused, added: added, rowLength: width * outputs, rows: rows.count) { operations in
                        var results = srq_results(
                            operations: operations.baseAddress, operation_count: operations.count, sinks: sink, sink_count: 1,
                            factor: factor, rows: rows.count, columns: min(tiles * Int(SRQ_WINOGRAD_SIDE), width - column))
                        srq_kernels().pointee.winograd_convolution?(
                            &layer, window, tiles,
                            UnsafeMutableRawPointer(scratch + layout.transformed).assumingMemoryBound(to: Int16.self),
                            UnsafeMutableRawPointer(scratch + layout.products).assumingMemoryBound(to: Int32.self), &results)
                    }
                }
            }
        }
    }

    /// Calls `body` with the operations on results that are fused to the convolution, in their order.
    /// - Parameters:
    ///   - added: What is added to the first result; nil where nothing is.
    ///   - rowLength: The distance from one row of what is added to the next.
    private static func withOperations(
        _ fused: RowsFusion, added: UnsafePointer<Float>?, rowLength: Int, rows: Int,
        _ body: (UnsafeBufferPointer<srq_operation>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: rows) { others in
            withUnsafeTemporaryAllocation(of: srq_operation.self, capacity: 2) { operations in
                var count = 0
                func append(_ kind: srq_operation_kind, _ rows: UnsafePointer<UnsafePointer<Float>>? = nil) {
                    operations.initializeElement(at: count, to: srq_operation(kind: kind, factor: 0, a: nil, b: nil, rows: rows))
                    count += 1
                }
                if fused.relu { append(SRQ_THEN_RELU) }
                if let added, let start = others.baseAddress {
                    for row in 0..<rows { others.initializeElement(at: row, to: added + row * rowLength) }
                    append(SRQ_THEN_ADD, UnsafePointer(start))
                }
                body(UnsafeBufferPointer(rebasing: operations[..<count]))
            }
        }
    }

    /// Writes the integers of the rows, and of the rows above and below them, with zeros around the image.
    /// - Returns: The value that an integer of 1 stands for: 1 with `.levels`, whose unit is in the scales. With `.rounding` it
    ///   is 0 where all inputs are 0, and NaN where some are not finite.
    private func read(
        _ rows: Range<Int>, height: Int, width: Int, _ input: UnsafePointer<Float>, _ layout: Layout, gathered: Int,
        into integers: UnsafeMutablePointer<Int16>, scratch: UnsafeMutablePointer<Float>
    ) -> Float {
        let seen = max(0, rows.lowerBound - 1)..<min(height, rows.upperBound + 1)
        let count = width * inputs
        var source = input + seen.lowerBound * count
        let unit: Float
        var toSteps: Float = 0
        switch reading {
        case .levels: unit = 1
        case .rounding(let largest, let factors):
            if !factors.isEmpty {
                let none = [Float](repeating: 0, count: inputs)
                let factored = scratch + layout.factored
                if gathered > 1 {
                    for y in 0..<seen.count {
                        Self.gather(source + y * count, width: width, channels: inputs, factor: gathered) { run, from, length in
                            (factored + y * count + run).update(from: from, count: length)
                        }
                    }
                    source = UnsafePointer(factored)
                }
                srq_kernels().pointee.scale_shift(source, factors, none, factored, seen.count * width, inputs)
                source = UnsafePointer(factored)
            }
            // A shuffle moves whole rows' numbers within the memory of the same rows.
            let magnitude = srq_kernels().pointee.largest_magnitude(source, seen.count * count)
            unit = magnitude.isFinite ? magnitude / Float(largest) : .nan
            guard unit > 0 else { return unit }
            toSteps = Float(largest) / magnitude
            // The quotient of the smallest magnitudes is too large for a float.
            guard toSteps.isFinite else { return 0 }
        }
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
            case .levels: encode(from, into: target + inputs, pixels: width)
            case .rounding(_, let factors) where gathered > 1 && factors.isEmpty:
                Self.gather(from, width: width, channels: inputs, factor: gathered) { run, from, length in
                    srq_kernels().pointee.scale_and_round(from, toSteps, target + inputs + run, length)
                }
            case .rounding: srq_kernels().pointee.scale_and_round(from, toSteps, target + inputs, count)
            }
        }
        return unit
    }

    /// Writes the integers of the levels of a row.
    private func encode(_ row: UnsafePointer<Float>, into integers: UnsafeMutablePointer<Int16>, pixels: Int) {
        withUnsafePointer(to: UnsafeMutableRawPointer(integers)) { target in
            var sink = srq_sink(
                kind: SRQ_TO_WORDS, encoder: encoder?.pointer, rows: target, pixel: inputs * MemoryLayout<Int16>.stride)
            withUnsafePointer(to: &sink) { sink in
                var results = srq_results(
                    operations: nil, operation_count: 0, sinks: sink, sink_count: 1, factor: 1, rows: 1, columns: pixels)
                srq_kernels().pointee.results(&results, row, inputs)
            }
        }
    }

    /// Calls `body` for the runs of numbers that one row before a pixel shuffle of this factor consists of: with the place in the
    /// row, and where they are after the shuffle.
    /// - Parameters:
    ///   - row: The first of the `factor` rows after the shuffle.
    ///   - channels: The number of channels before the shuffle.
    private static func gather(
        _ row: UnsafePointer<Float>, width: Int, channels: Int, factor: Int,
        _ body: (_ place: Int, _ from: UnsafePointer<Float>, _ count: Int) -> Void
    ) {
        let run = channels / factor
        for x in 0..<width {
            for i in 0..<factor { body(x * channels + i * run, row + (i * width + x) * run, run) }
        }
    }
}
