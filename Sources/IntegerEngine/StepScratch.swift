import CKernels
import FloatEngine
import Tensors

/// One thread's memory for a stretch of a few rows.
final class StepScratch {
    let values: AlignedBuffer
    /// Of one row.
    let floats: AlignedBuffer
    /// Of convolutions in float.
    var bands = WorkerScratch()
    private let integersBuffer: AlignedBuffer
    /// Of one row.
    let integers: UnsafeMutablePointer<Int16>
    let winograd: WinogradScratch?
    var rows: [UnsafeRawPointer] = []

    init(_ program: IntegerProgram) throws(IntegerEngineError) {
        let count = program.steps.map { Stretch.pixels(of: $0, program) * $0.channels }.max() ?? 1
        let rows = program.layers.map(\.rowsTogether).max() ?? 1
        guard let values = AlignedBuffer(count: rows * count), let floats = AlignedBuffer(count: count),
            let integersBuffer = AlignedBuffer(count: (count + 1) / 2)
        else { throw .memory(bytes: (4 * rows + 6) * count) }
        (self.values, self.floats, self.integersBuffer) = (values, floats, integersBuffer)
        integers = UnsafeMutableRawPointer(integersBuffer.pointer).bindMemory(to: Int16.self, capacity: count)
        let widest = program.layers.filter { $0.rowsTogether > 1 }.map(\.channels).max()
        winograd = try widest.map { channels throws(IntegerEngineError) in try WinogradScratch(channels: channels) }
    }
}

/// What a winograd kernel needs.
final class WinogradScratch {
    private let buffers: (AlignedBuffer, AlignedBuffer)
    let transformed: UnsafeMutablePointer<Int16>
    let products: UnsafeMutablePointer<Int32>

    init(channels: Int) throws(IntegerEngineError) {
        let tiles = Stretch.winogradPixels / Int(SRQ_WINOGRAD_SIDE) * Int(SRQ_WINOGRAD_POSITIONS)
        let (inputs, outputs) = (tiles * channels, tiles * Int(SRQ_OUTPUT_BLOCK))
        guard let first = AlignedBuffer(count: (inputs + 1) / 2), let second = AlignedBuffer(count: outputs) else {
            throw .memory(bytes: 2 * inputs + 4 * outputs)
        }
        buffers = (first, second)
        transformed = UnsafeMutableRawPointer(first.pointer).bindMemory(to: Int16.self, capacity: inputs)
        products = UnsafeMutableRawPointer(second.pointer).bindMemory(to: Int32.self, capacity: outputs)
    }
}

/// How much of a row is computed at a time: so much that kernels are busy, so little that it stays in the second-level cache.
enum Stretch {
    /// A multiple of the six, or twelve, pixels that kernels compute at a time.
    private static let directPixels = 72
    /// A multiple of the tiles' side.
    static let winogradPixels = 64

    static func pixels(of step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        step.rowsTogether(program) > 1 ? winogradPixels : directPixels
    }

    /// Equal parts of a row, but for the last.
    static func part(of width: Int, _ step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        let most = pixels(of: step, program)
        let unit = step.rowsTogether(program) > 1 ? Int(SRQ_WINOGRAD_SIDE) : 6
        let count = (width + most - 1) / most
        return ((width + count - 1) / count + unit - 1) / unit * unit
    }
}

extension IntegerProgram.Step {
    /// How many rows are computed at a time.
    func rowsTogether(_ program: IntegerProgram) -> Int {
        if case .layer(let layer) = source { program.layers[layer].rowsTogether } else { 1 }
    }
}
