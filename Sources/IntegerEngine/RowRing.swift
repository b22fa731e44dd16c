import Tensors

/// Memory for the last rows of something; row y lies where row y - `rows` lay.
final class RowRing {
    let rows, rowBytes: Int
    private let buffer: AlignedBuffer
    private let memory: UnsafeMutableRawPointer

    /// There is one row more than `rows`: see `outside`.
    init(rows: Int, rowBytes: Int) throws(IntegerEngineError) {
        self.rows = rows
        // Whole cache lines: two threads write neighbouring rows.
        self.rowBytes = (rowBytes + 63) / 64 * 64
        let bytes = (rows + 1) * self.rowBytes
        guard let buffer = AlignedBuffer(count: bytes / MemoryLayout<Float>.stride) else { throw .memory(bytes: bytes) }
        self.buffer = buffer
        memory = UnsafeMutableRawPointer(buffer.pointer)
    }

    var bytes: Int { (rows + 1) * rowBytes }

    func row(_ y: Int) -> UnsafeMutableRawPointer { memory + y % rows * rowBytes }

    /// Stands for all rows outside the image.
    var outside: UnsafeMutableRawPointer { memory + rows * rowBytes }

    /// Every number in every row.
    func fill<Value: FixedWidthInteger>(_ value: Value) {
        memory.bindMemory(to: Value.self, capacity: bytes / MemoryLayout<Value>.stride)
            .update(repeating: value, count: bytes / MemoryLayout<Value>.stride)
    }
}
