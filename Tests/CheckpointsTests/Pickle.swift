import TestSupport

/// Makes pickles opcode by opcode.
enum Pickle {
    static func string(_ text: String) -> [UInt8] { [0x58] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8) }
    static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + littleEndian(value) }
    static func tuple(_ items: [[UInt8]]) -> [UInt8] { [0x28] + items.joined() + [0x74] }
    static func integers(_ values: [Int]) -> [UInt8] { tuple(values.map(integer)) }
    static func global(_ module: String, _ name: String) -> [UInt8] { [0x63] + Array("\(module)\n\(name)\n".utf8) }
    static func call(_ function: [UInt8], _ arguments: [[UInt8]]) -> [UInt8] { function + tuple(arguments) + [0x52] }

    static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] { [0x7D] + Self.items(items) }

    /// Puts items into the dictionary that lies on the stack.
    static func items(_ items: [(String, [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = [0x28]
        for (key, value) in items { bytes += string(key) + value }
        return bytes + [0x75]
    }

    /// Remembers the object on the stack as number `index`, or brings it back.
    static func remember(_ index: UInt8) -> [UInt8] { [0x71, index] }
    static func recall(_ index: UInt8) -> [UInt8] { [0x68, index] }

    static func tensor(
        type: String = "FloatStorage", key: String = "0", count: Int = 6, offset: Int = 0, _ dimensions: [Int], _ strides: [Int]
    ) -> [UInt8] {
        let storage = tuple([string("storage"), global("torch", type), string(key), string("cpu"), integer(count)]) + [0x51]
        return call(
            global("torch._utils", "_rebuild_tensor_v2"),
            [
                storage, integer(offset), integers(dimensions), integers(strides), [0x89],
                call(global("collections", "OrderedDict"), []),
            ])
    }

    static func file(_ object: [UInt8]) -> [UInt8] { [0x80, 2] + object + [0x2E] }

    /// A zip checkpoint around `object` with one storage "0" of six floats, 0…5.
    static func checkpoint(_ object: [UInt8], storage: [UInt8] = bytes(of: [0, 1, 2, 3, 4, 5])) -> [UInt8] {
        ZipBuilder(entries: [
            .init(name: "a/data.pkl", payload: file(object)), .init(name: "a/data/0", payload: storage),
        ]).bytes
    }

    static func legacy(_ object: [UInt8], keys: [String] = ["0"], storages: [UInt8]) -> [UInt8] {
        let magic: [UInt8] = [0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        return file(magic) + file(integer(1001)) + file([0x7D]) + file(object)
            + file([0x5D, 0x28] + keys.flatMap(string) + [0x65]) + storages
    }
}
