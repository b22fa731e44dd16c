import CKernels
import FloatEngine
import Tensors

/// The scratch memory that one thread needs to compute a stretch (`Stretch`) of any of a program's steps. It belongs to that thread
/// alone.
final class StepScratch {
    /// The values that a step without a convolution reads, in float: `[pixels][channels]` of a stretch of one row.
    let values: AlignedBuffer
    /// The finished results that kernels do not take to where they go (the output, layers in float): all rows of a stretch after
    /// the pixel shuffle, `[rows][pixels][channels]`.
    let finished: AlignedBuffer
    /// The input of a layer in float after its `input` function, before it is put among the layer's channels:
    /// `[pixels][channels]` of a stretch of one row.
    let floats: AlignedBuffer
    /// The memory for convolutions in float, which compute whole bands of rows.
    var bands = WorkerScratch()
    /// The memory for kernels that compute several rows at a time; nil where no layer has such a kernel.
    let winograd: WinogradScratch?
    /// The window's rows of the stretch under way, as kernels read them: where each begins.
    var rows: [UnsafeRawPointer] = []
    /// The same for layers in float; nil for a row outside the map.
    var floatRows: [UnsafePointer<Float>?] = []
    /// The memory for what kernels are told about the stretch under way.
    let places: ResultPlaces

    /// Makes scratch memory that is large enough for the largest stretch of every step of `program`.
    /// - Throws: `.memory` where the system has none.
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
        let widest = program.layers.compactMap { layer -> Int? in
            if case .integers(let layer) = layer, layer.rowsTogether > 1 { layer.channels } else { nil }
        }.max()
        winograd = try widest.map { channels throws(IntegerEngineError) in try WinogradScratch(channels: channels) }
        places = ResultPlaces(
            operations: program.finishes.map(\.operations.count).max() ?? 0, sinks: program.finishes.map(\.sinks.count).max() ?? 0,
            rows: rows * (program.steps.map(\.shuffle).max() ?? 1))
    }
}

/// The memory for what a kernel is told about the results of a stretch: operations and sinks, and where their rows lie. The places
/// change from stretch to stretch, so each thread has its own; `Flow.finish` writes them.
final class ResultPlaces {
    /// The room for the operations of the step with the most operations.
    let operations: UnsafeMutablePointer<srq_operation>
    /// The room for the sinks of the step with the most sinks.
    let sinks: UnsafeMutablePointer<srq_sink>
    private let addedRows: UnsafeMutablePointer<UnsafePointer<Float>>
    private let sinkRows: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// The number of row pointers that one operation or one sink can have.
    private let rows: Int

    /// Makes room for so many operations and sinks, with `rows` row pointers each; the contents are not initialized.
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

    /// Returns the room for the row pointers of what operation number `operation` adds.
    func added(_ operation: Int) -> UnsafeMutablePointer<UnsafePointer<Float>> { addedRows + operation * rows }
    /// Returns the room for the row pointers of sink number `sink`.
    func sink(_ sink: Int) -> UnsafeMutablePointer<UnsafeMutableRawPointer> { sinkRows + sink * rows }
}

/// The scratch memory of the kernels that compute four rows at a time: Winograd's in whole numbers, with 16 bits
/// (`integer_winograd.h`) or with bytes (`gaussian_winograd.h`), and the one for few outputs.
final class WinogradScratch {
    private let buffers: (AlignedBuffer, AlignedBuffer)
    /// The room for transformed inputs of a stretch, or for its transposed pixels in a layer with few outputs.
    let transformed: UnsafeMutablePointer<UInt8>
    /// The room for `SRQ_WINOGRAD_PRODUCTS` numbers between products and results.
    let products: UnsafeMutablePointer<Int32>

    /// Makes scratch memory for layers whose stored pixels have at most `channels` numbers.
    /// - Throws: `.memory` where the system has none.
    init(channels: Int) throws(IntegerEngineError) {
        let tiles = Stretch.winogradPixels / Int(SRQ_WINOGRAD_SIDE)
        // Inputs have 36 positions of two bytes, which is more than 46 positions of one byte; or they are the transposed pixels
        // of a layer with few outputs, six rows of them (see `few_convolution`).
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

/// The division of a row into stretches, which are computed one after the other: long enough that a kernel's set-up does not count,
/// short enough that inputs and results stay in the second-level cache.
enum Stretch {
    /// The most pixels of a stretch for kernels without tiles: a multiple of the six, or twelve, pixels that they compute at a
    /// time.
    fileprivate static let directPixels = 72
    /// The most pixels of a stretch for kernels with tiles: a multiple of the tiles' side, 4.
    static let winogradPixels = 96
    /// The same for layers in float.
    fileprivate static let floatPixels = Int(SRQ_FLOAT_TILES * SRQ_WINOGRAD_SIDE)

    /// Returns the most pixels of a row that a stretch of a step has, before the pixel shuffle.
    static func pixels(of step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        if case .layer(let layer) = step.source { program.layers[layer].stretch } else { directPixels }
    }

    /// Returns how many pixels each stretch of a row of `width` pixels has; the last one may have fewer. Stretches are made as
    /// equal as the kernels' units of pixels allow, so that none is too short to keep a kernel busy.
    static func part(of width: Int, _ step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        let most = pixels(of: step, program)
        let unit = step.rowsTogether(program) > 1 ? Int(SRQ_WINOGRAD_SIDE) : 6
        let count = (width + most - 1) / most
        return ((width + count - 1) / count + unit - 1) / unit * unit
    }
}

extension Layer {
    /// The most pixels of a row that are computed at a time, by the kernel that the layer takes.
    fileprivate var stretch: Int {
        switch self {
        case .integers(let layer) where layer.hasFewOutputs: Int(SRQ_FEW_PIXELS)
        case .integers: rowsTogether > 1 ? Stretch.winogradPixels : Stretch.directPixels
        case .float: rowsTogether > 1 ? Stretch.floatPixels : Stretch.directPixels
        }
    }
}

extension IntegerProgram.Step {
    /// Returns how many rows are computed at a time, before the pixel shuffle: 4 where the layer's kernel does so, else 1.
    func rowsTogether(_ program: IntegerProgram) -> Int {
        if case .layer(let layer) = source { program.layers[layer].rowsTogether } else { 1 }
    }
}
