import Tensors

/// Memory for the rows of an image-sized map that were made last: a ring buffer of `rows` rows, in which row y takes the place of
/// row y - `rows`.
///
/// A feature map is never stored whole: `Schedule` makes the ring so large that row y - `rows` has been read for the last time
/// before row y is written.
///
/// Ownership: the ring owns its memory, and the pointers that it hands out live as long as it does. Threads may use it at a time as
/// long as they use different rows or different columns; the ring itself does not check that.
final class RowRing {
    /// How many rows the ring holds (`rows`), and how many bytes there are from one to the next (`rowBytes`, whole cache lines).
    let rows, rowBytes: Int
    private let buffer: AlignedBuffer
    private let memory: UnsafeMutableRawPointer

    /// Makes a ring of `rows` rows, at least 1, each with room for `rowBytes` bytes, and one row more for `outside`. The memory is
    /// not initialized; see `fill`.
    /// - Throws: `.memory` where the system has none.
    init(rows: Int, rowBytes: Int) throws(IntegerEngineError) {
        self.rows = rows
        self.rowBytes = Self.wholeLines(rowBytes)
        let bytes = Self.bytes(rows: rows, rowBytes: rowBytes)
        guard let buffer = AlignedBuffer(count: bytes / MemoryLayout<Float>.stride) else { throw .memory(bytes: bytes) }
        self.buffer = buffer
        memory = UnsafeMutableRawPointer(buffer.pointer)
    }

    /// Returns how many bytes a ring of so many rows takes, with the row for `outside`.
    static func bytes(rows: Int, rowBytes: Int) -> Int { (rows + 1) * wholeLines(rowBytes) }

    /// Returns `bytes` rounded up to whole cache lines of 64 bytes: two threads write neighbouring rows, and would slow each other
    /// down if these shared a line.
    private static func wholeLines(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

    /// The size of the whole memory in bytes.
    private var bytes: Int { Self.bytes(rows: rows, rowBytes: rowBytes) }

    /// Returns the first byte of row `y`, which is at least 0. What is there is row y only if nobody has written row y + `rows`
    /// yet.
    func row(_ y: Int) -> UnsafeMutableRawPointer { memory + y % rows * rowBytes }

    /// The first byte of the row that stands for all rows above and below the image; `fill` alone writes it.
    var outside: UnsafeMutableRawPointer { memory + rows * rowBytes }

    /// Writes `value` to every number of every row and of `outside`. It is called once, before rows are written: rows overwrite
    /// only their own columns, so the padding beside them keeps the value.
    func fill<Value: FixedWidthInteger>(_ value: Value) {
        memory.bindMemory(to: Value.self, capacity: bytes / MemoryLayout<Value>.stride)
            .update(repeating: value, count: bytes / MemoryLayout<Value>.stride)
    }
}
