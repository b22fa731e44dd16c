import CZlib

/// A checksum in the metadata of a container that this library writes, so that a damaged file is refused instead of read as other
/// numbers. It is over what the container says, not over how its header is laid out: programs that copy a container keep it valid.
extension SafeTensors {
    /// The key of the checksum in the metadata.
    public static let checksumKey = "checksum"

    /// The checksum of everything else, as 8 hexadecimal digits.
    public var checksum: String {
        let digits = String(checksum(without: Self.checksumKey), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Puts the checksum into the metadata. What is added afterwards makes it wrong.
    public mutating func seal() { metadata[Self.checksumKey] = checksum }

    /// Whether there is a checksum, and it is that of the contents; nil where there is none.
    public var isIntact: Bool? { metadata[Self.checksumKey].map { $0 == checksum } }

    /// Returns a CRC-32 (that of zip and PNG) of everything that the container holds but one string of its metadata, under which
    /// the checksum itself can be kept.
    ///
    /// It covers the other strings, ascending by the bytes of their keys, each as key, byte FF, value, byte FF; then the entries in
    /// their order, each as name, FF, type, FF, the dimensions as decimal numbers with commas between them, FF, its bytes. FF is in
    /// no UTF-8, so that no two containers give the same row of bytes.
    public func checksum(without key: String) -> UInt32 {
        var sum = RunningChecksum()
        for (name, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) where name != key {
            sum.add(name)
            sum.add(value)
        }
        for entry in entries {
            sum.add(entry.name)
            sum.add(entry.type.rawValue)
            sum.add(entry.dimensions.map(String.init).joined(separator: ","))
            sum.add(entry.bytes)
        }
        return sum.value
    }
}

/// A CRC-32 over what is added piece by piece.
private struct RunningChecksum {
    private var sum = crc32(0, nil, 0)

    var value: UInt32 { UInt32(truncatingIfNeeded: sum) }

    mutating func add(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBufferPointer { sum = crc32_z(sum, $0.baseAddress, $0.count) }
    }

    /// Adds a text and the byte that ends it.
    mutating func add(_ text: String) { add((Array(text.utf8) + [0xFF])[...]) }
}
