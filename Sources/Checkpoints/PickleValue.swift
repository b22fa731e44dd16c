/// A Python object as far as a state dict needs it.
///
/// Containers are numbers into a `PickleHeap`: hostile pickles nest a million deep or contain themselves, and values that
/// own each other would then overflow the stack when freed, or never be freed.
enum PickleValue {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits: two's complement, lowest byte first.
    case longInteger([UInt8])
    case string(String)
    case tuple(Int)
    case list(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)
    /// A value that a training run leaves beside the tensors (a number, a set, a device); only its presence is kept.
    case other

    /// The kind of value, as messages call it.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a truth value"
        case .integer, .longInteger: "an integer"
        case .string: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global(let global): "\(global)"
        case .storage: "a storage"
        case .tensor: "a tensor"
        case .other: "something else"
        }
    }
}

/// The contents of all containers of one pickle.
struct PickleHeap {
    typealias Item = (key: PickleValue, value: PickleValue)
    var sequences: [[PickleValue]] = []
    var dictionaries: [[Item]] = []
    var storages: [TorchStorage] = []
    var tensors: [TorchTensor] = []

    /// Returns the items of a dictionary whose keys are strings.
    func named(_ dictionary: Int) -> [(name: String, value: PickleValue)] {
        dictionaries[dictionary].compactMap { item in
            guard case .string(let name) = item.key else { return nil }
            return (name, item.value)
        }
    }
}

/// A storage as a pickle refers to it. Nothing in it has been checked.
struct TorchStorage {
    var key: String
    /// The type of an element; nil for raw bytes, to which the tensor gives a type.
    var type: ElementType?
    /// The length in elements; in bytes if there is no type.
    var count: Int
    /// In files from before PyTorch 0.4: this piece of the storage, in elements.
    var view: (offset: Int, count: Int)?
}

/// A tensor as a pickle describes it. Nothing in it has been checked against the storage.
struct TorchTensor {
    var storage: TorchStorage
    var type: ElementType
    var offset: Int
    var dimensions: [Int]
    var strides: [Int]
}
