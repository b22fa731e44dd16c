import Files
import Machine

extension SafeTensors {
    /// Writes the file atomically (`AtomicFile`). The same container always gives the same bytes.
    public func write(to path: String) throws(CheckpointError) {
        let bytes = try serialized()
        do { try AtomicFile.write(bytes, to: path) } catch { throw .file(error) }
    }

    /// The bytes of the file: entries in their order, the header padded with spaces to a multiple of 8 bytes.
    public func serialized() throws(CheckpointError) -> [UInt8] {
        var members: [JSON.Member] = []
        if !metadata.isEmpty {
            // By bytes, not by Unicode's rules, which change from version to version.
            let strings = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            members.append(JSON.Member(Self.metadataKey, .object(strings.map { JSON.Member($0.key, .string($0.value)) })))
        }
        var end = 0
        for entry in entries {
            let start = end
            end += entry.bytes.count
            members.append(
                JSON.Member(
                    entry.name,
                    [
                        "dtype": .string(entry.type.rawValue), "shape": .array(entry.dimensions.map { JSON($0) }),
                        "data_offsets": [JSON(start), JSON(end)],
                    ]))
        }
        var header = Array(try JSON.object(members).serialized().utf8)
        while !header.count.isMultiple(of: 8) { header.append(UInt8(ascii: " ")) }

        guard Memory.isAvailable(bytes: 8 + header.count + end) else {
            throw .memory(file: name, what: "the whole file", bytes: 8 + header.count + end)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + end)
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += header
        for entry in entries { bytes += entry.bytes }
        return bytes
    }
}
