import Tensors

/// Memory for the last rows of something; row y lies where row y - `rows` lay.
final class RowRing {
    let rows, rowBytes: Int
    private let buffer: AlignedBuffer
    private let memory: UnsafeMutableRawPointer

    /// There is one row more than `rows`: see `outside`.
    init(rows: Int, rowBytes: Int) throws(IntegerEngineError) {
        self.rows = rows
        self.rowBytes = Self.wholeLines(rowBytes)
        let bytes = Self.bytes(rows: rows, rowBytes: rowBytes)
        guard let buffer = AlignedBuffer(count: bytes / MemoryLayout<Float>.stride) else { throw .memory(bytes: bytes) }
        self.buffer = buffer
        memory = UnsafeMutableRawPointer(buffer.pointer)
    }

    /// What a ring takes.
    static func bytes(rows: Int, rowBytes: Int) -> Int { (rows + 1) * wholeLines(rowBytes) }

    /// Whole cache lines: two threads write neighbouring rows.
    private static func wholeLines(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    private var bytes: Int { Self.bytes(rows: rows, rowBytes: rowBytes) }

    func row(_ y: Int) -> UnsafeMutableRawPointer { memory + y % rows * rowBytes }

    /// Stands for all rows outside the image.
    var outside: UnsafeMutableRawPointer { memory + rows * rowBytes }

    /// Every number in every row.
    func fill<Value: FixedWidthInteger>(_ value: Value) {
        memory.bindMemory(to: Value.self, capacity: bytes / MemoryLayout<Value>.stride)
            .update(repeating: value, count: bytes / MemoryLayout<Value>.stride)
    }
}
