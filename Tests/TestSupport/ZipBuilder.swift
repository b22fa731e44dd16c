/// Makes zip archives, honest and dishonest.
package struct ZipBuilder {
    package struct Entry {
        package var name: String
        package var payload: [UInt8]
        package var method: UInt16 = 0
        package var flags: UInt16 = 0
        /// What the directory says instead of the truth.
        package var size: UInt32?
        package var compressedSize: UInt32?
        package var header: UInt32?
        package var localName: String?

        /// Makes an entry that is stored and says the truth.
        package init(
            name: String, payload: [UInt8], method: UInt16 = 0, flags: UInt16 = 0, size: UInt32? = nil,
            compressedSize: UInt32? = nil, header: UInt32? = nil, localName: String? = nil
        ) {
            (self.name, self.payload, self.method, self.flags) = (name, payload, method, flags)
            (self.size, self.compressedSize, self.header, self.localName) = (size, compressedSize, header, localName)
        }
    }

    package var entries: [Entry] = []
    package var count: UInt16?
    package var directorySize: UInt32?
    package var directoryStart: UInt32?

    /// Makes an archive of these entries, whose directory says the truth unless it is told otherwise.
    package init(
        entries: [Entry] = [], count: UInt16? = nil, directorySize: UInt32? = nil, directoryStart: UInt32? = nil
    ) {
        (self.entries, self.count) = (entries, count)
        (self.directorySize, self.directoryStart) = (directorySize, directoryStart)
    }

    package var bytes: [UInt8] {
        var body: [UInt8] = []
        var directory: [UInt8] = []
        for entry in entries {
            let size = entry.size ?? UInt32(entry.payload.count)
            let compressed = entry.compressedSize ?? UInt32(entry.payload.count)
            let common: [UInt8] =
                littleEndian(UInt16(20)) + littleEndian(entry.flags) + littleEndian(entry.method)
                + littleEndian(UInt64(0)) + littleEndian(compressed) + littleEndian(size)
            directory += littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(20)) + common
            directory += littleEndian(UInt16(entry.name.utf8.count)) + [UInt8](repeating: 0, count: 12)
            directory += littleEndian(entry.header ?? UInt32(body.count)) + Array(entry.name.utf8)
            let localName = Array((entry.localName ?? entry.name).utf8)
            body += littleEndian(UInt32(0x0403_4B50)) + common + littleEndian(UInt16(localName.count)) + [0, 0] + localName
            body += entry.payload
        }
        let count = count ?? UInt16(entries.count)
        return body + directory + littleEndian(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + littleEndian(count) + littleEndian(count)
            + littleEndian(directorySize ?? UInt32(directory.count)) + littleEndian(directoryStart ?? UInt32(body.count)) + [0, 0]
    }
}

/// Returns the bytes of an integer, the lowest first.
package func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
