import Machine
import Tensors

/// Turns the tensors that a pickle describes into floats.
struct TorchTensorReader {
    let file: String
    let bigEndian: Bool
    /// The number of elements that may still be made. Views can repeat a storage and strides of zero an element, so a small
    /// file could ask for any amount of memory.
    private var budget: Int

    private static let largestGrowth = 2
    private static let alwaysAllowed = 1 << 20

    init(file: String, fileSize: Int, bigEndian: Bool) {
        (self.file, self.bigEndian) = (file, bigEndian)
        let (grown, overflows) = fileSize.multipliedReportingOverflow(by: Self.largestGrowth)
        budget = (overflows ? fileSize : grown) + Self.alwaysAllowed
    }

    /// - Parameter bytesOf: the bytes of a whole storage.
    mutating func read(
        _ descriptions: [String: TorchTensor], bytesOf: (TorchStorage) throws(CheckpointError) -> ArraySlice<UInt8>
    ) throws(CheckpointError) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        tensors.reserveCapacity(descriptions.count)
        // By name, so that the same file always gives the same message.
        for (name, description) in descriptions.sorted(by: { $0.key < $1.key }) {
            tensors[name] = try read(description, name: name, bytesOf: bytesOf)
        }
        return tensors
    }

    private mutating func read(
        _ tensor: TorchTensor, name: String, bytesOf: (TorchStorage) throws(CheckpointError) -> ArraySlice<UInt8>
    ) throws(CheckpointError) -> Tensor {
        func failure(_ reason: String) -> CheckpointError { .tensor(file: file, name: name, reason: reason) }
        let storage = tensor.storage
        var bytes: ArraySlice<UInt8>
        do { bytes = try bytesOf(storage) } catch .malformed(_, let reason) { throw failure(reason) }

        let elementSize = storage.type?.size ?? 1
        let (expected, overflows) = storage.count.multipliedReportingOverflow(by: elementSize)
        guard !overflows, expected == bytes.count else {
            throw failure(
                "storage \(quoted(storage.key)) should have \(storage.count) elements of \(elementSize) bytes, "
                    + "it has \(bytes.count) bytes"
            )
        }
        if let view = storage.view {
            let (end, overflows) = view.offset.addingReportingOverflow(view.count)
            guard view.offset >= 0, view.count >= 0, !overflows, end <= storage.count else {
                throw failure("a view of \(view.count) elements at \(view.offset) in a storage of \(storage.count)")
            }
            bytes = bytes[bytes.startIndex + view.offset * elementSize..<bytes.startIndex + end * elementSize]
        }
        let layout = try StridedLayout(
            offset: tensor.offset, dimensions: tensor.dimensions, strides: tensor.strides,
            available: bytes.count / tensor.type.size, failing: failure)
        guard layout.count <= budget else {
            throw failure("dimensions \(tensor.dimensions) repeat the file's bytes too often (\(layout.count) elements)")
        }
        budget -= layout.count
        let size = layout.count * MemoryLayout<Float>.size
        guard Memory.isAvailable(bytes: size) else {
            throw .memory(file: file, what: "tensor \(quoted(name)) of dimensions \(layout.dimensions)", bytes: size)
        }
        return Tensor(dimensions: layout.dimensions, values: tensor.type.floats(bytes, layout, bigEndian: bigEndian))
    }
}
