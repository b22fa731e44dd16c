/// The place of a zip archive's central directory, from the record at the archive's end.
struct ZipDirectory {
    let range: Range<Int>
    let count: Int

    init(_ bytes: [UInt8], file: String) throws(CheckpointError) {
        guard let end = Self.endRecord(bytes) else {
            throw .malformed(file: file, reason: "a zip archive without a directory at its end (truncated?)")
        }
        var reader = ByteReader(bytes, end..<bytes.count, file: file, part: "zip end record")
        _ = try reader.take(4)
        var disks = UInt64(try reader.integer(UInt16.self)) | UInt64(try reader.integer(UInt16.self))
        var countHere = UInt64(try reader.integer(UInt16.self))
        var count = UInt64(try reader.integer(UInt16.self))
        var size = UInt64(try reader.integer(UInt32.self))
        var start = UInt64(try reader.integer(UInt32.self))
        var limit = end

        if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF, let record = try Self.record64(bytes, end, file) {
            reader = ByteReader(bytes, record..<end, file: file, part: "zip64 end record")
            _ = try reader.take(16)
            disks = UInt64(try reader.integer(UInt32.self)) | UInt64(try reader.integer(UInt32.self))
            countHere = try reader.integer(UInt64.self)
            count = try reader.integer(UInt64.self)
            size = try reader.integer(UInt64.self)
            start = try reader.integer(UInt64.self)
            limit = record
        }
        guard disks == 0, countHere == count else {
            throw .unsupported(file: file, reason: "a zip archive in several volumes")
        }
        guard start <= limit, size <= UInt64(limit) - start, count <= size / Self.smallestEntry else {
            throw .malformed(
                file: file,
                reason: "zip directory of \(count) entries, \(size) bytes at \(start) does not fit before byte \(limit)")
        }
        range = Int(start)..<Int(start) + Int(size)
        self.count = Int(count)
    }

    private static let endSize = 22
    private static let locatorSize = 20
    private static let smallestEntry: UInt64 = 46

    /// Returns the record that ends, with its comment, where the file ends.
    private static func endRecord(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= endSize else { return nil }
        let last = bytes.count - endSize
        for start in stride(from: last, through: max(0, last - 0xFFFF), by: -1)
        where bytes[start] == 0x50 && bytes[start + 1] == 0x4B && bytes[start + 2] == 5 && bytes[start + 3] == 6 {
            if Int(bytes[start + 20]) + Int(bytes[start + 21]) << 8 == last - start { return start }
        }
        return nil
    }

    /// Returns where the zip64 record is that a locator just before the end record points to; nil if there is no locator.
    private static func record64(_ bytes: [UInt8], _ end: Int, _ file: String) throws(CheckpointError) -> Int? {
        guard end >= locatorSize else { return nil }
        var locator = ByteReader(bytes, end - locatorSize..<end, file: file, part: "zip64 locator")
        guard try locator.integer(UInt32.self) == 0x0706_4B50 else { return nil }
        _ = try locator.take(4)
        let offset = try locator.integer(UInt64.self)
        guard offset <= UInt64(end - locatorSize) else { throw locator.malformed("points to byte \(offset), beyond itself") }
        var record = ByteReader(bytes, Int(offset)..<end, file: file, part: "zip64 end record")
        guard try record.integer(UInt32.self) == 0x0606_4B50 else { throw record.malformed("is not there") }
        return Int(offset)
    }
}
