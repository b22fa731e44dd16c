/// Walks through a piece of a file's bytes; every step is checked against the end of the piece.
struct ByteReader {
    let bytes: [UInt8]
    /// The file that messages name, and which part of it this is.
    let file: String
    let part: String
    private(set) var position: Int
    private let start: Int
    private let end: Int

    /// - Precondition: `range` lies within `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>, file: String, part: String) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        (self.bytes, self.file, self.part) = (bytes, file, part)
        (position, start, end) = (range.lowerBound, range.lowerBound, range.upperBound)
    }

    var remaining: Int { end - position }

    /// Returns an error that names the current place.
    func malformed(_ reason: String) -> CheckpointError {
        .malformed(file: file, reason: "\(part), byte \(position - start): \(reason)")
    }

    /// Steps over `count` bytes and returns where they are.
    mutating func take(_ count: some BinaryInteger) throws(CheckpointError) -> Range<Int> {
        guard let count = Int(exactly: count), count >= 0, count <= remaining else {
            throw malformed("\(count) bytes are needed, \(remaining) are left (truncated?)")
        }
        defer { position += count }
        return position..<position + count
    }

    mutating func byte() throws(CheckpointError) -> UInt8 {
        guard position < end else { throw malformed("ends too early (truncated?)") }
        defer { position += 1 }
        return bytes[position]
    }

    /// Reads a little-endian integer.
    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(CheckpointError) -> Value {
        let range = try take(MemoryLayout<Value>.size)
        return Value(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: range.lowerBound, as: type) })
    }

    /// Reads `count` bytes of UTF-8.
    mutating func string(_ count: some BinaryInteger) throws(CheckpointError) -> String {
        let range = try take(count)
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw malformed("text that is not UTF-8") }
        return text
    }

    /// Reads UTF-8 up to a line feed, which is stepped over.
    mutating func line() throws(CheckpointError) -> String {
        guard let newline = bytes[position..<end].firstIndex(of: 0x0A) else { throw malformed("a line without an end") }
        let text = try string(newline - position)
        position += 1
        return text
    }
}
