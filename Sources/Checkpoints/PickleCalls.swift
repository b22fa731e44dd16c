/// The results of "calling" each global. A call builds a description; no code of the file's choosing runs.
extension PickleMachine {
    mutating func call(_ global: PickleGlobal, _ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        switch global {
        case .orderedDictionary: return try orderedDictionary(arguments)
        case .counter, .bystander("collections.defaultdict"): return try newDictionary([])
        case .set, .encode, .device, .bystander: return .other
        case .size:
            guard arguments.count == 1, case .tuple = arguments[0] else { throw unexpected(global) }
            return arguments[0]
        case .rebuildTensor: return try tensor(global, arguments, counts: 4...4)
        case .rebuildTensorV2: return try tensor(global, arguments, counts: 6...7)
        case .rebuildTensorV3: return try tensor(global, arguments, counts: 7...8)
        case .rebuildParameter, .rebuildParameterWithState, .parameterClass:
            guard let data = arguments.first, case .tensor = data else { throw unexpected(global) }
            return data
        case .rebuildFromType:
            // (function, class, its arguments, the object's attributes). Not itself again: that would be recursion.
            guard arguments.count == 4, case .global(let inner) = arguments[0], inner != .rebuildFromType,
                case .tuple(let index) = arguments[2]
            else { throw unexpected(global) }
            return try call(inner, heap.sequences[index])
        case .elementType, .storage, .untypedStorage, .tensorClass: throw unexpected(global)
        }
    }

    /// Returns the storage that `('storage', class, key, device, count[, view])` refers to.
    mutating func storage(_ reference: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .tuple(let index) = reference else { throw reader.malformed("a reference that is not a tuple") }
        let fields = heap.sequences[index]
        guard (5...6).contains(fields.count), case .string("storage") = fields[0], case .global(let kind) = fields[1],
            case .string(let key) = fields[2], case .integer(let count) = fields[4]
        else { throw reader.malformed("a reference that is not to a storage") }
        var storage = TorchStorage(key: key, type: nil, count: count, view: nil)
        switch kind {
        case .storage(let type): storage.type = type
        case .untypedStorage: break
        default: throw reader.malformed("a storage of class \(kind)")
        }
        if fields.count == 6, case .tuple(let view) = fields[5] {
            let view = heap.sequences[view]
            guard view.count == 3, case .integer(let offset) = view[1], case .integer(let count) = view[2] else {
                throw reader.malformed("a view that is not (key, offset, count)")
            }
            storage.view = (offset, count)
        }
        return try newStorage(storage)
    }

    private func unexpected(_ global: PickleGlobal) -> CheckpointError {
        reader.malformed("\(global) is called with arguments that it does not take")
    }

    /// Makes a dictionary of `OrderedDict()`, or `OrderedDict([[key, value], …])` as Python 2 writes it.
    private mutating func orderedDictionary(_ arguments: [PickleValue]) throws(CheckpointError) -> PickleValue {
        guard let first = arguments.first else { return try newDictionary([]) }
        guard arguments.count == 1, case .list(let list) = first else { throw unexpected(.orderedDictionary) }
        var items: [PickleHeap.Item] = []
        for pair in heap.sequences[list] {
            switch pair {
            case .list(let index), .tuple(let index):
                let pair = heap.sequences[index]
                guard pair.count == 2 else { throw unexpected(.orderedDictionary) }
                items.append((pair[0], pair[1]))
            default: throw unexpected(.orderedDictionary)
            }
        }
        return try newDictionary(items)
    }

    /// Makes a tensor of `(storage, offset, dimensions, strides[, requires_grad, hooks[, metadata | type[, metadata]]])`.
    private mutating func tensor(
        _ global: PickleGlobal, _ arguments: [PickleValue], counts: ClosedRange<Int>
    ) throws(CheckpointError) -> PickleValue {
        guard counts.contains(arguments.count), case .storage(let index) = arguments[0], case .integer(let offset) = arguments[1]
        else { throw unexpected(global) }
        let storage = heap.storages[index]
        var type = storage.type
        if global == .rebuildTensorV3 {
            guard case .global(.elementType(let given)) = arguments[6] else { throw unexpected(global) }
            type = given
        }
        guard let type else { throw reader.malformed("a tensor whose storage has no type") }
        return try newTensor(
            TorchTensor(
                storage: storage, type: type, offset: offset, dimensions: try integers(arguments[2], global),
                strides: try integers(arguments[3], global)))
    }

    private func integers(_ value: PickleValue, _ global: PickleGlobal) throws(CheckpointError) -> [Int] {
        guard case .tuple(let index) = value else { throw unexpected(global) }
        let values = heap.sequences[index]
        // A tuple can be shared by a million tensors; copying a long one each time would fill memory.
        guard values.count <= StridedLayout.maximumDimensions else {
            throw reader.malformed(
                "a tensor of \(values.count) dimensions, at most \(StridedLayout.maximumDimensions) are supported")
        }
        var integers: [Int] = []
        for value in values {
            guard case .integer(let integer) = value else { throw unexpected(global) }
            integers.append(integer)
        }
        return integers
    }
}
