import Files

/// A checksum in the metadata of a container that this library writes, so that a damaged file is refused instead of read as other
/// numbers. It is over what the container says, not over how its header is laid out: programs that copy a container keep it valid.
extension SafeTensors {
    /// The key of the checksum in the metadata.
    public static let checksumKey = "checksum"

    /// The checksum of all other metadata and of every entry: name, type, dimensions and bytes, in the file's order.
    public var checksum: String {
        var digest = Digest()
        for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
        where key != Self.checksumKey {
            digest.add(key)
            digest.add(value)
        }
        for entry in entries {
            digest.add(entry.name)
            digest.add(entry.type.rawValue)
            digest.add(entry.dimensions.count)
            for dimension in entry.dimensions { digest.add(dimension) }
            entry.bytes.withUnsafeBytes { digest.add($0) }
        }
        return digest.text
    }

    /// Puts the checksum into the metadata. What is added afterwards makes it wrong.
    public mutating func seal() { metadata[Self.checksumKey] = checksum }

    /// Whether there is a checksum, and it is that of the contents; nil where there is none.
    public var isIntact: Bool? { metadata[Self.checksumKey].map { $0 == checksum } }
}
