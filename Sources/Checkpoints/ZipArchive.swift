import Machine

/// A zip archive in memory (PKWARE APPNOTE 6.3): stored and deflated entries, zip64; one volume, not encrypted.
///
/// Archives that say two things at once (overlapping entries, names that differ between directory and entry, duplicates)
/// are refused.
struct ZipArchive {
    struct Entry {
        var name: String
        var flags: UInt16
        var method: UInt16
        var checksum: UInt32
        var size: Int
        /// The place where its local header starts.
        var header: Int
        /// The place of its bytes, compressed or not.
        var payload: Range<Int>
    }

    let bytes: [UInt8]
    let file: String
    private(set) var entries: [String: Entry] = [:]

    init(_ bytes: [UInt8], file: String) throws(CheckpointError) {
        (self.bytes, self.file) = (bytes, file)
        let directory = try ZipDirectory(bytes, file: file)
        var reader = ByteReader(bytes, directory.range, file: file, part: "zip directory")
        var all: [Entry] = []
        for _ in 0..<directory.count {
            var entry = try Self.nextEntry(&reader, end: directory.range.lowerBound)
            try Self.locatePayload(of: &entry, bytes, end: directory.range.lowerBound, file: file)
            all.append(entry)
            guard entries.updateValue(entry, forKey: entry.name) == nil else {
                throw .malformed(file: file, reason: "zip entry \(quoted(entry.name)) occurs twice")
            }
        }
        guard reader.remaining == 0 else { throw reader.malformed("more than the \(directory.count) entries that it says") }
        all.sort { $0.header < $1.header }
        for (entry, next) in zip(all, all.dropFirst()) where entry.payload.upperBound > next.header {
            throw .malformed(file: file, reason: "zip entries \(quoted(entry.name)) and \(quoted(next.name)) overlap")
        }
    }

    /// Returns the uncompressed bytes of an entry; a stored one is not copied.
    func contents(of entry: Entry) throws(CheckpointError) -> ArraySlice<UInt8> {
        guard entry.flags & 1 == 0 else {
            throw .unsupported(file: file, reason: "zip entry \(quoted(entry.name)) is encrypted")
        }
        switch entry.method {
        case 0:
            guard entry.payload.count == entry.size else {
                throw .malformed(
                    file: file,
                    reason:
                        "zip entry \(quoted(entry.name)) is stored, but \(entry.payload.count) bytes should become \(entry.size)")
            }
            // No checksum here: PyTorch can be told to write none (torch.serialization.set_crc32_options).
            return bytes[entry.payload]
        case 8:
            let (limit, overflows) = entry.payload.count.multipliedReportingOverflow(by: Self.largestRatio)
            guard overflows || entry.size <= limit + Self.smallSize else {
                throw .malformed(
                    file: file,
                    reason: "zip entry \(quoted(entry.name)) claims to grow from \(entry.payload.count) to \(entry.size) bytes")
            }
            guard Memory.isAvailable(bytes: entry.size) else {
                throw .memory(file: file, what: "zip entry \(quoted(entry.name))", bytes: entry.size)
            }
            guard let result = inflated(bytes[entry.payload], size: entry.size), checksum(result) == entry.checksum else {
                throw .malformed(file: file, reason: "zip entry \(quoted(entry.name)) does not inflate to its \(entry.size) bytes")
            }
            return result[...]
        default:
            throw .unsupported(
                file: file, reason: "zip entry \(quoted(entry.name)) is compressed by method \(entry.method), not 0 or 8")
        }
    }

    /// The largest ratio of sizes that is believed. Weights shrink by a third at best, the list of their names by ten; what claims
    /// to grow more than this was made to fill memory.
    private static let largestRatio = 16
    private static let smallSize = 4096

    private static func nextEntry(_ reader: inout ByteReader, end: Int) throws(CheckpointError) -> Entry {
        guard try reader.integer(UInt32.self) == 0x0201_4B50 else { throw reader.malformed("not an entry") }
        _ = try reader.take(4)
        let flags = try reader.integer(UInt16.self)
        let method = try reader.integer(UInt16.self)
        _ = try reader.take(4)
        let checksum = try reader.integer(UInt32.self)
        var compressed = UInt64(try reader.integer(UInt32.self))
        var size = UInt64(try reader.integer(UInt32.self))
        let nameLength = try reader.integer(UInt16.self)
        let extraLength = try reader.integer(UInt16.self)
        let commentLength = try reader.integer(UInt16.self)
        _ = try reader.take(8)
        var header = UInt64(try reader.integer(UInt32.self))
        let name = try reader.string(nameLength)
        var extra = ByteReader(reader.bytes, try reader.take(extraLength), file: reader.file, part: "zip entry \(quoted(name))")
        _ = try reader.take(commentLength)

        // A value that 32 bits cannot hold is all ones here and follows, in this order, in extra field 1.
        if [compressed, size, header].contains(0xFFFF_FFFF) {
            while extra.remaining >= 4 {
                let kind = try extra.integer(UInt16.self)
                let length = try extra.integer(UInt16.self)
                var field = ByteReader(reader.bytes, try extra.take(length), file: reader.file, part: extra.part)
                guard kind == 1 else { continue }
                if size == 0xFFFF_FFFF { size = try field.integer(UInt64.self) }
                if compressed == 0xFFFF_FFFF { compressed = try field.integer(UInt64.self) }
                if header == 0xFFFF_FFFF { header = try field.integer(UInt64.self) }
                break
            }
        }
        guard header < end, compressed <= end, let size = Int(exactly: size) else {
            throw reader.malformed(
                "entry \(quoted(name)) of \(compressed) bytes at \(header) does not fit before the directory at \(end)")
        }
        return Entry(
            name: name, flags: flags, method: method, checksum: checksum, size: size, header: Int(header),
            payload: 0..<Int(compressed))
    }

    /// Moves the payload to where the entry's own header ends.
    private static func locatePayload(of entry: inout Entry, _ bytes: [UInt8], end: Int, file: String) throws(CheckpointError) {
        var reader = ByteReader(bytes, entry.header..<end, file: file, part: "zip entry \(quoted(entry.name))")
        guard try reader.integer(UInt32.self) == 0x0403_4B50 else { throw reader.malformed("no entry begins here") }
        _ = try reader.take(22)
        let nameLength = try reader.integer(UInt16.self)
        let extraLength = try reader.integer(UInt16.self)
        let name = try reader.take(nameLength)
        guard bytes[name].elementsEqual(entry.name.utf8) else { throw reader.malformed("has another name than in the directory") }
        _ = try reader.take(extraLength)
        entry.payload = try reader.take(entry.payload.count)
    }
}
