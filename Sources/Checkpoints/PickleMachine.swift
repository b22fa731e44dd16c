/// Reads one pickled object without Python and without executing anything.
///
/// The opcodes build plain values; "calling" a global is a case in `PickleMachine.call`. There is no recursion, and all memory
/// that the stack, the memo and the heap take is bounded by the pickle's size.
struct PickleMachine {
    private(set) var heap = PickleHeap()
    var reader: ByteReader
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [UInt32: PickleValue] = [:]
    /// The bytes of memory that may still be taken. One byte of a pickle can make an object of many, so that the size alone of a
    /// hostile one says little; real ones stay below half of the multiple.
    private var budget: Int
    /// The largest number of objects that the stack has held.
    private var highest = 0

    private static let largestStack = 1 << 20
    private static let largestMemo = 1 << 20
    /// The memory that a pickle may take for each of its bytes, and the memory that any may take.
    private static let largestGrowth = 16
    private static let alwaysAllowed = 96 << 20

    /// Reads one pickle; `reader` is left behind it.
    static func read(_ reader: inout ByteReader) throws(CheckpointError) -> (root: PickleValue, heap: PickleHeap) {
        var machine = PickleMachine(reader: reader)
        let root = try machine.run()
        reader = machine.reader
        return (root, machine.heap)
    }

    private init(reader: ByteReader) {
        self.reader = reader
        let (grown, overflows) = reader.remaining.multipliedReportingOverflow(by: Self.largestGrowth)
        budget = (overflows ? reader.remaining : grown) + Self.alwaysAllowed
    }

    private mutating func run() throws(CheckpointError) -> PickleValue {
        while true {
            let code = try reader.byte()
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw reader.malformed("pickle opcode 0x\(String(code, radix: 16)) has no place in a state dict")
            }
            if opcode == .stop {
                let root = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw reader.malformed("the pickle leaves objects behind") }
                return root
            }
            try step(opcode)
        }
    }

    private mutating func step(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .stop: break
        case .proto:
            let version = try reader.byte()
            guard (2...5).contains(version) else { throw reader.malformed("pickle protocol \(version), not 2…5") }
        case .frame: _ = try reader.take(8)

        case .none: try push(.none)
        case .newTrue: try push(.bool(true))
        case .newFalse: try push(.bool(false))
        case .binInt: try push(.integer(Int(try reader.integer(Int32.self))))
        case .binInt1: try push(.integer(Int(try reader.byte())))
        case .binInt2: try push(.integer(Int(try reader.integer(UInt16.self))))
        case .long1: try pushLong(try reader.byte())
        case .long4: try pushLong(try reader.integer(Int32.self))
        case .binFloat:
            _ = try reader.take(8)
            try push(.other)

        case .shortBinUnicode: try push(.string(try reader.string(try reader.byte())))
        case .binUnicode: try push(.string(try reader.string(try reader.integer(UInt32.self))))
        case .binUnicode8: try push(.string(try reader.string(try reader.integer(UInt64.self))))
        case .shortBinString: try pushOldString(try reader.byte())
        case .binString: try pushOldString(try reader.integer(Int32.self))
        case .shortBinBytes: try pushBytes(try reader.byte())
        case .binBytes: try pushBytes(try reader.integer(UInt32.self))
        case .binBytes8, .byteArray8: try pushBytes(try reader.integer(UInt64.self))

        case .mark:
            guard marks.count < Self.largestStack else { throw reader.malformed("too many marks") }
            marks.append(stack.count)
        case .pop:
            // Python pops a mark too if nothing lies above it.
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popToMark()
        case .duplicate: try push(try top())

        case .emptyTuple: try pushTuple([])
        case .tuple1: try pushTuple([try pop()])
        case .tuple2:
            let second = try pop()
            try pushTuple([try pop(), second])
        case .tuple3:
            let third = try pop()
            let second = try pop()
            try pushTuple([try pop(), second, third])
        case .tuple: try pushTuple(try popToMark())
        case .emptyList: try pushList([])
        case .list: try pushList(try popToMark())
        case .emptyDictionary: try push(newDictionary([]))
        case .dictionary: try push(newDictionary(try pairs(try popToMark())))
        case .emptySet: try push(.other)
        case .frozenSet:
            _ = try popToMark()
            try push(.other)

        case .append: try extendList([try pop()])
        case .appends: try extendList(try popToMark())
        case .setItem:
            let value = try pop()
            try extendDictionary([(try pop(), value)])
        case .setItems: try extendDictionary(try pairs(try popToMark()))
        case .addItems:
            _ = try popToMark()
            guard case .other = try top() else { throw reader.malformed("adds to \(try top().kind) as to a set") }

        case .binPut: try memorize(UInt32(try reader.byte()))
        case .longBinPut: try memorize(try reader.integer(UInt32.self))
        case .memoize: try memorize(UInt32(truncatingIfNeeded: memo.count))
        case .binGet: try recall(UInt32(try reader.byte()))
        case .longBinGet: try recall(try reader.integer(UInt32.self))

        case .global:
            let module = try reader.line()
            try pushGlobal(module: module, name: try reader.line())
        case .stackGlobal:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw reader.malformed("a global whose name is not a string")
            }
            try pushGlobal(module: module, name: name)
        case .binPersistentID: try push(try storage(try pop()))
        case .reduce, .newObject:
            let arguments = try pop()
            guard case .global(let global) = try pop(), case .tuple(let index) = arguments else {
                throw reader.malformed("calls what is not a global")
            }
            try push(try call(global, heap.sequences[index]))
        case .newObjectWithKeywords:
            // A tensor's class is never made in this way, so that it is something beside the tensors.
            guard case .dictionary = try pop(), case .tuple = try pop(), case .global(.bystander) = try pop() else {
                throw reader.malformed("calls what is not a global")
            }
            try push(.other)
        case .build:
            // The state of an OrderedDict is its `_metadata`: module versions, which weights do not depend on.
            _ = try pop()
            switch try top() {
            case .dictionary, .other: break
            case let value: throw reader.malformed("gives a state to \(value.kind)")
            }
        }
    }

    // MARK: - Stack and memo

    private mutating func push(_ value: PickleValue) throws(CheckpointError) {
        guard stack.count < Self.largestStack else { throw reader.malformed("more than \(Self.largestStack) objects at once") }
        if stack.count == highest {
            highest += 1
            try take(Size.growingValue)
        }
        stack.append(value)
    }

    private func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw reader.malformed("an object is missing") }
        return value
    }

    private mutating func pop() throws(CheckpointError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast(), mark <= stack.count else { throw reader.malformed("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func memorize(_ index: UInt32) throws(CheckpointError) {
        guard memo.count < Self.largestMemo else { throw reader.malformed("more than \(Self.largestMemo) objects to remember") }
        if memo.updateValue(try top(), forKey: index) == nil { try take(Size.memo) }
    }

    private mutating func recall(_ index: UInt32) throws(CheckpointError) {
        guard let value = memo[index] else { throw reader.malformed("object \(index) is referred to before it is there") }
        try push(value)
    }

    // MARK: - Values

    private mutating func pushLong(_ length: some BinaryInteger) throws(CheckpointError) {
        let bytes = reader.bytes[try reader.take(length)]
        guard bytes.count <= 8 else { return try push(.longInteger(Array(bytes))) }
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let unused = UInt64(64 - 8 * bytes.count)
        // Shifting up and down again extends the sign; a shift by 64 gives the 0 that an empty integer means.
        try push(.integer(Int(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)))
    }

    /// Pushes a Python 2 `str`: names and keys in files from that time, or any bytes.
    private mutating func pushOldString(_ length: some BinaryInteger) throws(CheckpointError) {
        let bytes = reader.bytes[try reader.take(length)]
        try push(String(validating: bytes, as: UTF8.self).map(PickleValue.string) ?? .other)
    }

    private mutating func pushBytes(_ length: some BinaryInteger) throws(CheckpointError) {
        _ = try reader.take(length)
        try push(.other)
    }

    private mutating func pushGlobal(module: String, name: String) throws(CheckpointError) {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .forbiddenGlobal(file: reader.file, name: "\(module).\(name)")
        }
        try push(.global(global))
    }

    // MARK: - Containers

    /// The bytes that each kind of thing takes at most, with the room that arrays and dictionaries keep for what they may still
    /// get, and what is made of it later.
    private enum Size {
        static let value = MemoryLayout<PickleValue>.stride
        static let growingValue = 3 * MemoryLayout<PickleValue>.stride
        static let item = 3 * MemoryLayout<PickleHeap.Item>.stride
        static let memo = 4 * (MemoryLayout<PickleValue>.stride + MemoryLayout<UInt32>.stride)
        static let container = 64
        static let storage = 3 * MemoryLayout<TorchStorage>.stride
        /// With the dimensions and strides, of which each has at most 16.
        static let tensor = 3 * MemoryLayout<TorchTensor>.stride + 2 * 16 * MemoryLayout<Int>.stride
    }

    /// Takes memory out of the budget.
    private mutating func take(_ bytes: Int) throws(CheckpointError) {
        budget -= bytes
        guard budget >= 0 else { throw reader.malformed("its objects take more than \(Self.largestGrowth) times its size") }
    }

    private mutating func pushTuple(_ values: [PickleValue]) throws(CheckpointError) {
        try take(Size.container + values.count * Size.value)
        heap.sequences.append(values)
        try push(.tuple(heap.sequences.count - 1))
    }

    private mutating func pushList(_ values: [PickleValue]) throws(CheckpointError) {
        try take(Size.container + values.count * Size.growingValue)
        heap.sequences.append(values)
        try push(.list(heap.sequences.count - 1))
    }

    mutating func newDictionary(_ items: [PickleHeap.Item]) throws(CheckpointError) -> PickleValue {
        try take(Size.container + items.count * Size.item)
        heap.dictionaries.append(items)
        return .dictionary(heap.dictionaries.count - 1)
    }

    mutating func newTensor(_ tensor: TorchTensor) throws(CheckpointError) -> PickleValue {
        try take(Size.tensor)
        heap.tensors.append(tensor)
        return .tensor(heap.tensors.count - 1)
    }

    mutating func newStorage(_ storage: TorchStorage) throws(CheckpointError) -> PickleValue {
        try take(Size.storage)
        heap.storages.append(storage)
        return .storage(heap.storages.count - 1)
    }

    private func pairs(_ values: [PickleValue]) throws(CheckpointError) -> [PickleHeap.Item] {
        guard values.count.isMultiple(of: 2) else { throw reader.malformed("a key without a value") }
        return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
    }

    private mutating func extendList(_ values: [PickleValue]) throws(CheckpointError) {
        switch try top() {
        case .list(let list):
            try take(values.count * Size.growingValue)
            heap.sequences[list] += values
        case .other: break
        case let value: throw reader.malformed("appends to \(value.kind)")
        }
    }

    private mutating func extendDictionary(_ items: [PickleHeap.Item]) throws(CheckpointError) {
        switch try top() {
        // A Counter is a dictionary too.
        case .dictionary(let dictionary):
            try take(items.count * Size.item)
            heap.dictionaries[dictionary] += items
        case .other: break
        case let value: throw reader.malformed("sets an item of \(value.kind)")
        }
    }
}
