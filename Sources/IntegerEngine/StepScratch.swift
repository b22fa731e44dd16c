import Glibc
import Tensors

/// One thread's memory for a stretch of a row, small enough for the first-level cache.
final class StepScratch {
    let values: AlignedBuffer
    private let integersBuffer: AlignedBuffer
    /// As many as `values`.
    let integers: UnsafeMutablePointer<Int16>
    var rows: [UnsafeRawPointer] = []

    /// Pixels of a stretch: a multiple of the six that the kernels compute at a time.
    static let mostPixels = 66

    init(_ program: IntegerProgram) throws(IntegerEngineError) {
        let count = Self.mostPixels * (program.steps.map(\.channels).max() ?? 1)
        guard let values = AlignedBuffer(count: count), let integersBuffer = AlignedBuffer(count: (count + 1) / 2) else {
            throw .memory(bytes: 6 * count)
        }
        (self.values, self.integersBuffer) = (values, integersBuffer)
        integers = UnsafeMutableRawPointer(integersBuffer.pointer).bindMemory(to: Int16.self, capacity: count)
    }

    /// Equal stretches, but for the last.
    static func stretches(of width: Int) -> Int {
        let count = (width + mostPixels - 1) / mostPixels
        return ((width + count - 1) / count + 5) / 6 * 6
    }
}

func yieldProcessor() { sched_yield() }
