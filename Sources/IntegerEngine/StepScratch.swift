import CKernels
import FloatEngine
import Tensors

/// One thread's memory for a stretch of a few rows.
final class StepScratch {
    /// What is read for a stretch of one row, in float.
    let values: AlignedBuffer
    /// Finished results that kernels do not take to where they go: all rows of a stretch after the shuffle.
    let finished: AlignedBuffer
    /// Of one row.
    let floats: AlignedBuffer
    /// Of convolutions in float.
    var bands = WorkerScratch()
    let winograd: WinogradScratch?
    var rows: [UnsafeRawPointer] = []
    let places: ResultPlaces

    init(_ program: IntegerProgram) throws(IntegerEngineError) {
        let count = program.steps.map { Stretch.pixels(of: $0, program) * $0.channels }.max() ?? 1
        let rows = program.layers.map(\.rowsTogether).max() ?? 1
        // Only steps with sinks of their own need room for results.
        let finished =
            zip(program.steps, program.finishes).map { step, finish in
                finish.hasHostSinks ? Stretch.pixels(of: step, program) * step.channels * step.rowsTogether(program) : 0
            }.max() ?? 0
        guard let values = AlignedBuffer(count: count), let floats = AlignedBuffer(count: count),
            let results = AlignedBuffer(count: max(finished, 1))
        else { throw .memory(bytes: 4 * (2 * count + finished)) }
        (self.values, self.floats, self.finished) = (values, floats, results)
        let widest = program.layers.filter { $0.rowsTogether > 1 }.map(\.channels).max()
        winograd = try widest.map { channels throws(IntegerEngineError) in try WinogradScratch(channels: channels) }
        places = ResultPlaces(
            operations: program.finishes.map(\.operations.count).max() ?? 0, sinks: program.finishes.map(\.sinks.count).max() ?? 0,
            rows: rows * (program.steps.map(\.shuffle).max() ?? 1))
    }
}

/// Where the results of a stretch go, as the kernels read it.
final class ResultPlaces {
    let operations: UnsafeMutablePointer<srq_operation>
    let sinks: UnsafeMutablePointer<srq_sink>
    private let addedRows: UnsafeMutablePointer<UnsafePointer<Float>>
    private let sinkRows: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// Of one operation, or of one sink.
    private let rows: Int

    init(operations: Int, sinks: Int, rows: Int) {
        self.rows = rows
        self.operations = .allocate(capacity: max(operations, 1))
        self.sinks = .allocate(capacity: max(sinks, 1))
        addedRows = .allocate(capacity: max(operations, 1) * rows)
        sinkRows = .allocate(capacity: max(sinks, 1) * rows)
    }

    deinit {
        operations.deallocate()
        sinks.deallocate()
        addedRows.deallocate()
        sinkRows.deallocate()
    }

    func added(_ operation: Int) -> UnsafeMutablePointer<UnsafePointer<Float>> { addedRows + operation * rows }
    func sink(_ sink: Int) -> UnsafeMutablePointer<UnsafeMutableRawPointer> { sinkRows + sink * rows }
}

/// What a winograd kernel needs.
final class WinogradScratch {
    private let buffers: (AlignedBuffer, AlignedBuffer)
    let transformed: UnsafeMutablePointer<UInt8>
    let products: UnsafeMutablePointer<Int32>

    init(channels: Int) throws(IntegerEngineError) {
        let tiles = Stretch.winogradPixels / Int(SRQ_WINOGRAD_SIDE)
        // 36 positions of 16 bits, or 46 of a byte; or the transposed pixels of a layer with few outputs.
        let inputs = max(
            tiles * channels * 2 * Int(SRQ_WINOGRAD_POSITIONS), 6 * (Int(SRQ_FEW_PIXELS) + 16) * channels)
        let outputs = Int(SRQ_WINOGRAD_PRODUCTS)
        guard let first = AlignedBuffer(count: (inputs + 3) / 4), let second = AlignedBuffer(count: outputs) else {
            throw .memory(bytes: inputs + 4 * outputs)
        }
        buffers = (first, second)
        transformed = UnsafeMutableRawPointer(first.pointer).bindMemory(to: UInt8.self, capacity: inputs)
        products = UnsafeMutableRawPointer(second.pointer).bindMemory(to: Int32.self, capacity: outputs)
    }
}

/// How much of a row is computed at a time: so much that kernels are busy, so little that it stays in the second-level cache.
enum Stretch {
    /// A multiple of the six, or twelve, pixels that kernels compute at a time.
    fileprivate static let directPixels = 72
    /// A multiple of the tiles' side.
    static let winogradPixels = 96

    static func pixels(of step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        if case .layer(let layer) = step.source { program.layers[layer].stretch } else { directPixels }
    }

    /// Equal parts of a row, but for the last.
    static func part(of width: Int, _ step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        let most = pixels(of: step, program)
        let unit = step.rowsTogether(program) > 1 ? Int(SRQ_WINOGRAD_SIDE) : 6
        let count = (width + most - 1) / most
        return ((width + count - 1) / count + unit - 1) / unit * unit
    }
}

extension Layer {
    /// How many pixels of a row are computed at a time, at most.
    fileprivate var stretch: Int {
        switch self {
        case .integers(let layer) where layer.hasFewOutputs: Int(SRQ_FEW_PIXELS)
        case .integers(let layer) where layer.rowsTogether > 1: Stretch.winogradPixels
        default: Stretch.directPixels
        }
    }
}

extension IntegerProgram.Step {
    /// How many rows are computed at a time.
    func rowsTogether(_ program: IntegerProgram) -> Int {
        if case .layer(let layer) = source { program.layers[layer].rowsTogether } else { 1 }
    }
}
