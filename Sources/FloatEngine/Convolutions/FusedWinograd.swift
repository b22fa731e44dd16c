import CKernels
import Tensors

/// A 3×3 convolution as Winograd's F(4×4, 3×3) by a kernel of this project (`float_winograd.h`), which transforms a few tiles,
/// multiplies them and transforms their results while all of it is in the second-level cache. A processor that has no such kernel
/// computes the layer as `WinogradTiles`.
///
/// Results depend on where tiles begin: their rows and columns are multiples of 4, for whole maps and strips alike.
struct FusedWinograd: Hashable {
    private static let positions = Int(SRQ_WINOGRAD_POSITIONS)
    /// The rows and columns of results of a tile.
    static let side = Int(SRQ_WINOGRAD_SIDE)
    /// The most columns of results that are computed together.
    static let columnsTogether = Int(SRQ_FLOAT_TILES) * side

    let inputs, outputs: Int
    /// Transformed inputs and weights are multiplied as bf16 numbers.
    let bf16: Bool

    /// - Returns: nil for a shape that the kernel does not compute, and on a processor that has none.
    init?(inputs: Int, outputs: Int, kernel: Int, bf16: Bool) {
        let block = Int(SRQ_WINOGRAD_CHANNELS)
        guard kernel == 3, inputs % block == 0, outputs % block == 0, srq_float_winograd_kernel(bf16) != nil else { return nil }
        (self.inputs, self.outputs, self.bf16) = (inputs, outputs, bf16)
    }

    /// How many floats of scratch memory transformed tiles and their products take.
    var scratchCount: (transformed: Int, products: Int) {
        let (tiles, gap) = (Int(SRQ_FLOAT_TILES), Int(SRQ_FLOAT_GAP))
        return (tiles * (Self.positions * inputs + gap), tiles * (Self.positions * Int(SRQ_FLOAT_BLOCK) + gap))
    }

    /// Returns weights `[outputs, inputs, 3, 3]` as the kernel reads them.
    /// - Parameter old: memory that this function gave before for a layer of the same shape, to be used again.
    func packed(_ weights: [Float], into old: AlignedBuffer? = nil, node: String) throws(FloatEngineError) -> AlignedBuffer {
        let count = Self.positions * inputs * outputs
        guard let buffer = old ?? AlignedBuffer(count: bf16 ? count / 2 : count) else {
            throw .memory(node: node, bytes: 4 * count)
        }
        let transformed = WinogradTiles.transformed(weights, outputs: outputs, inputs: inputs)
        // How many channels' weights for one output lie side by side.
        let step = bf16 ? 2 : 1
        let halves = UnsafeMutableRawPointer(buffer.pointer).assumingMemoryBound(to: UInt16.self)
        var next = 0
        for first in stride(from: 0, to: outputs, by: Int(SRQ_FLOAT_BLOCK)) {
            let block = first..<min(first + Int(SRQ_FLOAT_BLOCK), outputs)
            for position in 0..<Self.positions {
                for input in stride(from: 0, to: inputs, by: step) {
                    for output in block {
                        for channel in input..<input + step {
                            let value = transformed[(position * outputs + output) * inputs + channel]
                            if bf16 { halves[next] = Self.bf16(value) } else { buffer.pointer[next] = value }
                            next += 1
                        }
                    }
                }
            }
        }
        return buffer
    }

    /// Returns the nearest bf16 number, of two the even one.
    private static func bf16(_ value: Float) -> UInt16 {
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }

    /// Computes a stretch of up to four rows.
    /// - Parameters:
    ///   - rows: the six rows of the input around them, at column `x`; nil for what lies above or below the map.
    ///   - x: the first column, a multiple of 4.
    ///   - width: of the map.
    ///   - results: what becomes of the results, at most `columnsTogether` columns.
    /// - Returns: what failed, or nil.
    func run(
        rows: UnsafePointer<UnsafePointer<Float>?>, x: Int, width: Int, weights: AlignedBuffer, bias: AlignedBuffer?,
        scratch: WorkerScratch, into results: UnsafePointer<srq_results>
    ) -> String? {
        guard let kernel = srq_float_winograd_kernel(bf16), let transformed = scratch.input?.pointer,
            let products = scratch.products?.pointer
        else { return "no scratch memory" }
        var layer = srq_float_layer(
            channels: inputs, outputs: outputs, weights: weights.pointer, bias: bias.map { UnsafePointer($0.pointer) })
        var window = srq_float_window(rows: rows, left: x, right: width - x)
        let tiles = (results.pointee.columns + Self.side - 1) / Self.side
        kernel(&layer, &window, tiles, transformed, products, results)
        return nil
    }

    /// Computes rows of a map.
    /// - Parameters:
    ///   - rows: the rows, from a multiple of 4 on.
    ///   - input: the first row of the whole map, `[height, width, inputs]`.
    ///   - description: the size of the map, and what is fused to the convolution.
    ///   - shuffle: the factor of the pixel shuffle that takes results apart.
    ///   - outputRow: returns a row of the result, after the pixel shuffle.
    /// - Returns: what failed, or nil.
    func run(
        rows: Range<Int>, input: UnsafePointer<Float>, _ description: BandedConvolution.Description, adds: Bool, relu: Bool,
        shuffle: Int, weights: AlignedBuffer, bias: AlignedBuffer?, scratch: WorkerScratch,
        outputRow: (Int) -> UnsafeMutablePointer<Float>
    ) -> String? {
        let (height, width, side) = (description.height, description.width, Self.side)
        let channels = outputs / (shuffle * shuffle)
        return withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: side + 2) { window in
            withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: side) { others in
                withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: side * shuffle) { targets in
                    for y in stride(from: rows.lowerBound, to: rows.upperBound, by: side) {
                        let made = y..<min(y + side, rows.upperBound)
                        for x in stride(from: 0, to: width, by: Self.columnsTogether) {
                            for row in 0..<side + 2 {
                                let exists = (0..<height).contains(y + row - 1)
                                window.initializeElement(
                                    at: row, to: exists ? input + ((y + row - 1) * width + x) * inputs : nil)
                            }
                            for row in 0..<made.count * shuffle {
                                let target = outputRow(y * shuffle + row) + x * shuffle * channels
                                targets.initializeElement(at: row, to: UnsafeMutableRawPointer(target))
                                if adds { others.initializeElement(at: row, to: UnsafePointer(target)) }
                            }
                            let failure = run(
                                window, x, width, adds ? others : nil, relu, targets, shuffle, rows: made.count, weights, bias,
                                scratch)
                            if let failure { return failure }
                        }
                    }
                    return nil
                }
            }
        }
    }

    /// Tells the kernel what becomes of a stretch of a map's rows, and runs it.
    private func run(
        _ window: UnsafeMutableBufferPointer<UnsafePointer<Float>?>, _ x: Int, _ width: Int,
        _ others: UnsafeMutableBufferPointer<UnsafePointer<Float>>?, _ relu: Bool,
        _ targets: UnsafeMutableBufferPointer<UnsafeMutableRawPointer>, _ shuffle: Int, rows: Int, _ weights: AlignedBuffer,
        _ bias: AlignedBuffer?, _ scratch: WorkerScratch
    ) -> String? {
        guard let window = window.baseAddress, let targets = targets.baseAddress else { return "no scratch memory" }
        var operations = (srq_operation(), srq_operation())
        var count = 0
        if let others = others?.baseAddress {
            operations.0 = srq_operation(kind: SRQ_THEN_ADD, factor: 0, a: nil, b: nil, rows: UnsafePointer(others))
            count = 1
        }
        if relu {
            let operation = srq_operation(kind: SRQ_THEN_RELU, factor: 0, a: nil, b: nil, rows: nil)
            if count == 0 { operations.0 = operation } else { operations.1 = operation }
            count += 1
        }
        let channels = outputs / (shuffle * shuffle)
        var sink = srq_sink(
            kind: SRQ_TO_FLOATS, encoder: nil, rows: UnsafePointer(targets), pixel: channels * MemoryLayout<Float>.stride)
        return withUnsafePointer(to: &operations) { operations in
            operations.withMemoryRebound(to: srq_operation.self, capacity: 2) { operations in
                withUnsafePointer(to: &sink) { sink in
                    var results = srq_results(
                        operations: operations, operation_count: count, sinks: sink, sink_count: 1, factor: shuffle, rows: rows,
                        columns: min(Self.columnsTogether, width - x))
                    return run(
                        rows: UnsafePointer(window), x: x, width: width, weights: weights, bias: bias, scratch: scratch,
                        into: &results)
                }
            }
        }
    }
}
