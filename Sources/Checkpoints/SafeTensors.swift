import Machine
import Tensors

/// A safetensors container: strings, and named arrays of raw bytes with a type and dimensions, in the file's order.
///
/// Format: 8 bytes with the header's length, the header as JSON, then the entries' bytes without gaps
/// (https://github.com/huggingface/safetensors, "Format").
public struct SafeTensors: Sendable {
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let type: ElementType
        public let dimensions: [Int]
        /// The elements: little-endian, row-major, `type.size` bytes each. In a container that was read this is a slice of the
        /// file's bytes, which live as long as it does.
        public let bytes: ArraySlice<UInt8>
    }

    /// The strings beside the entries; they are written in the order of the keys.
    public var metadata: [String: String]
    public private(set) var entries: [Entry] = []
    /// The file that messages name.
    public let name: String
    private var positions: [String: Int] = [:]

    /// The key of the metadata in the header, which no entry can have.
    static let metadataKey = "__metadata__"

    /// - Parameter name: stands for the file in messages.
    public init(metadata: [String: String] = [:], name: String = "safetensors") {
        (self.metadata, self.name) = (metadata, name)
    }

    public subscript(name: String) -> Entry? { positions[name].map { entries[$0] } }

    /// Adds an entry after the others.
    ///
    /// - Throws: `.tensor` if the name is taken, or `bytes` do not go with `type` and `dimensions`.
    public mutating func append(
        _ entryName: String, type: ElementType, dimensions: [Int], bytes: ArraySlice<UInt8>
    ) throws(CheckpointError) {
        func failure(_ reason: String) -> CheckpointError { .tensor(file: name, name: entryName, reason: reason) }
        guard entryName != Self.metadataKey else { throw failure("the name is reserved") }
        guard positions[entryName] == nil else { throw failure("the name is taken") }
        guard dimensions.allSatisfy({ $0 >= 0 }), let count = StridedLayout.product(dimensions) else {
            throw failure("dimensions \(dimensions) are negative or overflow")
        }
        let (size, overflows) = count.multipliedReportingOverflow(by: type.size)
        guard !overflows, size == bytes.count else {
            throw failure("\(bytes.count) bytes for dimensions \(dimensions) of \(type.rawValue)")
        }
        positions[entryName] = entries.count
        entries.append(Entry(name: entryName, type: type, dimensions: dimensions, bytes: bytes))
    }

    /// Adds raw bytes, for example packed codes: type U8, one dimension.
    public mutating func append(_ entryName: String, bytes: [UInt8]) throws(CheckpointError) {
        try append(entryName, type: .uint8, dimensions: [bytes.count], bytes: bytes[...])
    }

    /// Adds a tensor as F32.
    public mutating func append(_ entryName: String, _ tensor: Tensor) throws(CheckpointError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tensor.values.count * 4)
        for value in tensor.values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        try append(entryName, type: .float32, dimensions: tensor.dimensions, bytes: bytes[...])
    }

    /// Returns an entry's elements as floats, whatever their type.
    ///
    /// - Throws: `.tensor` if there is no such entry.
    public func tensor(_ entryName: String) throws(CheckpointError) -> Tensor {
        guard let entry = self[entryName] else { throw .tensor(file: name, name: entryName, reason: "is missing") }
        return try floats(of: entry)
    }

    func floats() throws(CheckpointError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(entries.count)
        for entry in entries { tensors[entry.name] = try floats(of: entry) }
        return tensors
    }

    private func floats(of entry: Entry) throws(CheckpointError) -> Tensor {
        let bytes = entry.bytes.count / entry.type.size * MemoryLayout<Float>.size
        guard Memory.isAvailable(bytes: bytes) else {
            throw .memory(file: name, what: "tensor \(quoted(entry.name)) of dimensions \(entry.dimensions)", bytes: bytes)
        }
        return entry.floats
    }
}

extension SafeTensors.Entry {
    /// The elements as floats, whatever their type.
    public var floats: Tensor {
        let layout = StridedLayout(contiguous: dimensions)
        return Tensor(dimensions: dimensions, values: type.floats(bytes, layout, bigEndian: false))
    }
}
