import Tensors

/// PyTorch's format before 1.6: a magic number, the protocol, facts about the machine, the object and the storages' keys,
/// five pickles, and then each storage as its number of elements (8 bytes) and the elements.
enum TorchLegacy {
    /// The magic number 0x1950a86a20f9469cfc6c, lowest byte first.
    private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
    private static let protocolVersion = 1001

    static func read(_ bytes: [UInt8], file: String) throws(CheckpointError) -> [String: Tensor] {
        var reader = ByteReader(bytes, bytes.indices, file: file, part: "PyTorch legacy file")
        guard case .longInteger(magic) = try PickleMachine.read(&reader).root else {
            throw .unsupported(file: file, reason: "a Python pickle, but not one that torch.save wrote (no magic number)")
        }
        guard case .integer(protocolVersion) = try PickleMachine.read(&reader).root else {
            throw .unsupported(file: file, reason: "PyTorch legacy protocol that is not \(protocolVersion)")
        }
        // Among the facts is the machine's byte order, but what follows is little-endian on every machine.
        _ = try PickleMachine.read(&reader)
        let (root, heap) = try PickleMachine.read(&reader)
        let storages = try readStorages(&reader, heap)

        var tensors = TorchTensorReader(file: file, fileSize: bytes.count, bigEndian: false)
        return try tensors.read(try Wrapper.unwrapped(root, heap, file: file)) { storage throws(CheckpointError) in
            guard let range = storages[storage.key] else {
                throw .malformed(file: file, reason: "storage \(quoted(storage.key)) is missing")
            }
            return bytes[range]
        }
    }

    /// Returns where each storage is, by key.
    private static func readStorages(_ reader: inout ByteReader, _ heap: PickleHeap) throws(CheckpointError) -> [String: Range<Int>]
    {
        // The bytes do not say how large an element is; what refers to the storage does.
        var elementSizes: [String: Int] = [:]
        for storage in heap.storages { elementSizes[storage.key] = storage.type?.size ?? 1 }

        let (root, keyHeap) = try PickleMachine.read(&reader)
        guard case .list(let list) = root else { throw reader.malformed("storage keys that are no list") }
        var ranges: [String: Range<Int>] = [:]
        for value in keyHeap.sequences[list] {
            guard case .string(let key) = value, let elementSize = elementSizes[key] else {
                throw reader.malformed("a storage that nothing refers to")
            }
            let count = try reader.integer(Int64.self)
            let (size, overflows) = count.multipliedReportingOverflow(by: Int64(elementSize))
            guard !overflows else { throw reader.malformed("storage \(quoted(key)) of \(count) elements") }
            guard ranges.updateValue(try reader.take(size), forKey: key) == nil else {
                throw reader.malformed("storage \(quoted(key)) occurs twice")
            }
        }
        guard reader.remaining == 0 else { throw reader.malformed("\(reader.remaining) bytes after the last storage") }
        return ranges
    }
}
