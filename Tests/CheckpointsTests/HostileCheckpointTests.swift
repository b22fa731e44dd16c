import Checkpoints
import Files
import Tensors
import TestSupport
import Testing

@Suite struct FormatTests {
    @Test(arguments: [
        ("", "no bytes"), ("x", "found 1 bytes that begin 78"),
        ("\u{89}PNG....................", "looked for a PyTorch zip archive"),
        ("plain text that goes on for a while", "a safetensors header"),
    ])
    func unknownContentSaysWhatWasLookedFor(text: String, expected: String) {
        let message = message(reading: Array(text.utf8))
        #expect(message.hasPrefix("test.pth: no checkpoint") && message.contains(expected), "\(message)")
    }

    @Test func theOldTarFormatIsNamed() {
        var bytes = [UInt8](repeating: 0, count: 512)
        bytes.replaceSubrange(257..<262, with: "ustar".utf8)
        #expect(message(reading: bytes).contains("a tar archive"))
    }

    @Test func aMissingFileAndAFolder() {
        let folder = Golden.folder.path()
        #expect(
            failure { () throws(CheckpointError) in try StateDict.read(path: "/nowhere.pth") }
                == .file(.notFound(path: "/nowhere.pth")))
        #expect(failure { () throws(CheckpointError) in try StateDict.read(path: folder) } == .file(.isFolder(path: folder)))
    }
}

/// A tensor that its storage of six floats, 0…5, cannot give.
@Suite struct TensorDescriptionTests {
    struct Case: Sendable {
        var count = 6
        var offset = 0
        var type = "FloatStorage"
        var key = "0"
        let dimensions: [Int]
        let strides: [Int]
        let expected: String
    }

    @Test(arguments: [
        Case(dimensions: [7], strides: [1], expected: "reach element 6 of a storage of 6"),
        Case(offset: 1, dimensions: [6], strides: [1], expected: "offset 1, dimensions [6], strides [1] reach element 6"),
        Case(offset: -1, dimensions: [2], strides: [1], expected: "negative number among offset -1"),
        Case(offset: .max, dimensions: [2], strides: [1], expected: "overflow"),
        Case(dimensions: [-2], strides: [1], expected: "negative number"),
        Case(dimensions: [2], strides: [-1], expected: "negative number"),
        Case(dimensions: [2, 3], strides: [1 << 40, 1], expected: "reach element \(1 << 40 + 2)"),
        Case(dimensions: [2, 3], strides: [.max, 1], expected: "overflow"),
        Case(dimensions: [3, 3], strides: [.max, 1], expected: "overflow"),
        Case(dimensions: [1 << 40, 1 << 40], strides: [0, 0], expected: "overflow"),
        Case(dimensions: [1 << 40, 1 << 40, 0], strides: [0, 0, 0], expected: "overflow"),
        Case(dimensions: [1 << 40], strides: [0], expected: "repeat the file's bytes too often"),
        Case(dimensions: [2, 3], strides: [1], expected: "do not go with strides"),
        Case(dimensions: [Int](repeating: 1, count: 17), strides: [Int](repeating: 1, count: 17), expected: "17 dimensions"),
        Case(count: 7, dimensions: [6], strides: [1], expected: "should have 7 elements of 4 bytes, it has 24 bytes"),
        Case(count: 5, dimensions: [5], strides: [1], expected: "should have 5 elements of 4 bytes, it has 24 bytes"),
        Case(count: -1, dimensions: [0], strides: [1], expected: "should have -1 elements"),
        Case(count: .max, dimensions: [1], strides: [1], expected: "should have \(Int.max) elements"),
        Case(type: "DoubleStorage", dimensions: [6], strides: [1], expected: "should have 6 elements of 8 bytes"),
        Case(offset: 7, dimensions: [0], strides: [1], expected: "offset 7 into a storage of 6"),
        Case(key: "1", dimensions: [6], strides: [1], expected: "storage \"1\" is missing"),
        Case(key: "../data.pkl", dimensions: [6], strides: [1], expected: "is missing"),
    ])
    func isRefused(_ value: Case) {
        let tensor = Pickle.tensor(
            type: value.type, key: value.key, count: value.count, offset: value.offset, value.dimensions, value.strides)
        let message = message(reading: Pickle.checkpoint(Pickle.dictionary([("body.weight", tensor)])))
        #expect(message.hasPrefix("test.pth: ") && message.contains(value.expected), "\(message)")
        if value.dimensions.count <= 16 { #expect(message.contains("tensor \"body.weight\"")) }
    }

    @Test func theSameBuilderMakesGoodOnes() throws {
        let pickle = Pickle.dictionary([
            ("a", Pickle.tensor([2, 3], [3, 1])), ("b", Pickle.tensor([3, 2], [1, 3])), ("c", Pickle.tensor(offset: 5, [], [])),
            ("d", Pickle.tensor([4], [0])), ("e", Pickle.tensor([2, 1, 2], [4, 1 << 62, 1])),
        ])
        let tensors = try StateDict.read(bytes: Pickle.checkpoint(pickle), name: "good").tensors
        #expect(
            tensors == [
                "a": counting([2, 3]), "b": Tensor(dimensions: [3, 2], values: [0, 3, 1, 4, 2, 5]),
                "c": Tensor(dimensions: [], values: [5]), "d": Tensor(zeros: [4]),
                "e": Tensor(dimensions: [2, 1, 2], values: [0, 1, 4, 5]),
            ])
    }

    @Test func manyViewsOfOneStorageStayWithinABudget() {
        // 3000 views of 6000 elements would be 72 MB out of a file of less than 1 MB.
        let tensors = (0..<3000).map { ("t\($0)", Pickle.tensor(count: 6000, [6000], [1])) }
        let file = Pickle.checkpoint(Pickle.dictionary(tensors), storage: bytes(of: [Float](repeating: 1, count: 6000)))
        #expect(message(reading: file).contains("repeat the file's bytes too often"))
    }

    @Test func infinityIsRefused() {
        let file = Pickle.checkpoint(
            Pickle.dictionary([("w", Pickle.tensor([6], [1]))]), storage: bytes(of: [0, 1, 2, 3, 4, -.infinity]))
        #expect(message(reading: file) == "test.pth: tensor \"w\": element 5 is -inf")
    }
}

@Suite struct PickleTests {
    private func message(_ object: [UInt8]) -> String { CheckpointsTests.message(reading: Pickle.checkpoint(object)) }

    @Test(arguments: [
        ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("torch", "load"), ("torch.nn.modules.conv", "Conv2d"),
        ("numpy.core.multiarray", "fromfile"), ("numpy", "load"), ("pathlib", "Path.unlink"), ("builtins", "exec"),
        ("argparse", "FileType"), ("torch", "ComplexFloatStorage"), ("collections", "OrderedDict.fromkeys"), ("", ""),
    ])
    func anyOtherGlobalIsRefused(module: String, name: String) {
        let old = message(Pickle.call(Pickle.global(module, name), [Pickle.string("x")]))
        let new = message(Pickle.string(module) + Pickle.string(name) + [0x93, 0x29, 0x52])
        #expect(old.contains("\"\(module).\(name)\"") && old == new)
    }

    @Test func namesCannotPlayWithTheTerminal() {
        let message = message(Pickle.global("os\u{1B}[2J", String(repeating: "x", count: 5000)))
        #expect(!message.contains("\u{1B}") && message.utf8.count < 400)
    }

    @Test(
        arguments: [
            ([0x49, 0x31, 0x0A], "opcode 0x49"),  // INT, protocol 0
            ([0x81], "an object is missing"), ([0x74], "a mark is missing"), ([0x75], "a mark is missing"),
            ([0x68, 9], "object 9"),
            ([0x28], "an object is missing"), ([0x4E, 0x28], "an object is missing"), ([0x4E, 0x4E], "leaves objects behind"),
            ([0x7D, 0x28, 0x4E, 0x75], "a key without a value"), ([0x5D, 0x4E, 0x4E, 0x73], "sets an item of a list"),
            ([0x7D, 0x4E, 0x61], "appends to a dictionary"), ([0x4E, 0x4E, 0x62], "gives a state to None"),
            ([0x4E, 0x29, 0x52], "calls what is not a global"), ([0x4E, 0x51], "a reference that is not a tuple"),
            ([0x29, 0x51], "a reference that is not to a storage"), ([0x80, 9], "protocol 9"),
            ([0x58, 0xFF, 0xFF, 0xFF, 0xFF], "bytes are needed"),
            ([0x58, 1, 0, 0, 0, 0xFF], "not UTF-8"), ([0x8D] + [UInt8](repeating: 0xFF, count: 8), "bytes are needed"),
            ([0x8B, 0xFF, 0xFF, 0xFF, 0xFF], "bytes are needed"), ([0x4E], "holds None"), ([0x95, 0], "bytes are needed"),
        ] as [([UInt8], String)])
    func malformedOnesAreRefused(object: [UInt8], expected: String) {
        #expect(message(object).contains(expected), "\(message(object))")
    }

    @Test(arguments: [[], [Pickle.string("x")], [[0x4E], [0x4E], [0x4E], [0x4E], [0x4E], [0x4E]]])
    func callsWithWrongArguments(arguments: [[UInt8]]) {
        for name in ["_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3", "_rebuild_parameter"] {
            #expect(
                message(Pickle.call(Pickle.global("torch._utils", name), arguments)).contains(
                    "with arguments that it does not take"))
        }
    }

    @Test func nestingAMillionDeepNeitherOverflowsNorHangs() {
        #expect(message([0x29] + [UInt8](repeating: 0x85, count: 1_000_000)).contains("holds a tuple"))
    }

    @Test func aListThatContainsItself() {
        #expect(message([0x5D, 0x71, 0, 0x68, 0, 0x61]).contains("holds a list"))
    }

    @Test func aDictionaryThatWrapsItself() {
        #expect(message([0x7D, 0x71, 0] + Pickle.string("params") + [0x68, 0, 0x73]).contains("holds no tensors"))
    }

    @Test(arguments: [UInt8(0x4E), 0x28])
    func floodsOfObjectsAreStopped(opcode: UInt8) {
        let message = message([UInt8](repeating: opcode, count: 3 << 20))
        #expect(message.contains("more than") || message.contains("too many"), "\(message)")
    }

    @Test func integersOfEveryLength() {
        // Dimension −1, written in one to eight bytes, must arrive as −1.
        for length in 1...8 {
            let integer = [0x8A, UInt8(length)] + [UInt8](repeating: 0xFF, count: length)
            let tensor = Pickle.tensor([3], [1])
            let written = Array(tensor.split(separator: Pickle.integer(3)).joined(separator: integer))
            #expect(message(Pickle.dictionary([("w", written)])).contains("dimensions [-1]"), "\(length)")
        }
    }

    @Test func aTensorUnderTwoEqualNames() {
        let tensor = Pickle.tensor([6], [1])
        #expect(message(Pickle.dictionary([("w", tensor), ("w", tensor)])).contains("tensor \"w\" occurs twice"))
    }

    @Test func otherThingsBesideTensorsAreLeftAside() throws {
        let object = Pickle.dictionary([
            ("w", Pickle.tensor([6], [1])), ("epoch", Pickle.integer(3)), ("params", [0x4E]), ("module", [0x5D]),
        ])
        #expect(try StateDict.read(bytes: Pickle.checkpoint(object), name: "x").tensors.keys.sorted() == ["w"])
    }
}

@Suite struct LegacyTests {
    private let object = Pickle.dictionary([("w", Pickle.tensor([2, 3], [3, 1]))])
    private let values = bytes(of: [0, 1, 2, 3, 4, 5])

    @Test func aGoodOne() throws {
        let file = Pickle.legacy(object, storages: littleEndian(6) + values)
        #expect(try StateDict.read(bytes: file, name: "x").tensors == ["w": counting([2, 3])])
    }

    @Test func storagesThatDoNotFit() {
        for (count, expected) in [
            (7, "28 bytes are needed, 24 are left"), (5, "4 bytes after the last storage"), (-1, "bytes are needed"),
            (Int.max, "elements"), (1 << 61, "storage \"0\" of 2305843009213693952 elements"), (1 << 60, "bytes are needed"),
        ] {
            let message = message(reading: Pickle.legacy(object, storages: littleEndian(count) + values))
            #expect(message.contains(expected), "\(count): \(message)")
        }
        #expect(
            message(reading: Pickle.legacy(object, keys: ["1"], storages: littleEndian(6) + values)).contains("nothing refers to"))
        #expect(message(reading: Pickle.legacy(object, keys: [], storages: [])).contains("storage \"0\" is missing"))
        let twice = littleEndian(6) + values
        #expect(message(reading: Pickle.legacy(object, keys: ["0", "0"], storages: twice + twice)).contains("occurs twice"))
    }
}

@Suite struct ZipTests {
    private let pickle = ZipBuilder.Entry(
        name: "a/data.pkl", payload: Pickle.file(Pickle.dictionary([("w", Pickle.tensor([6], [1]))])))
    private let storage = ZipBuilder.Entry(name: "a/data/0", payload: bytes(of: [0, 1, 2, 3, 4, 5]))

    private func message(_ change: (inout ZipBuilder) -> Void) -> String {
        var builder = ZipBuilder(entries: [pickle, storage])
        change(&builder)
        return CheckpointsTests.message(reading: builder.bytes)
    }

    @Test func anUnchangedOneIsRead() { #expect(message { _ in } == "no error") }

    @Test func directoriesThatLie() {
        #expect(message { $0.count = 1 }.contains("more than the 1 entries"))
        #expect(message { $0.count = 3 }.contains("3 entries, 110 bytes at 272 does not fit"))
        #expect(message { $0.count = 0xFFFE }.contains("does not fit"))
        #expect(message { $0.directoryStart = 0xFFFF_FFF0 }.contains("does not fit"))
        #expect(message { $0.directorySize = 0xFFFF_FFF0 }.contains("does not fit"))
        #expect(message { $0.directoryStart = 0 }.contains("not an entry"))
    }

    @Test func entriesThatLie() {
        #expect(message { $0.entries[1].header = 0 }.contains("another name"))
        #expect(message { $0.entries[1].header = 0xFFFF_FFF0 }.contains("does not fit"))
        #expect(message { $0.entries[1].header = 3 }.contains("no entry begins here"))
        #expect(message { $0.entries[1].localName = "a/data/1" }.contains("another name"))
        #expect(message { $0.entries[0].compressedSize = 1_000_000 }.contains("does not fit"))
        #expect(message { $0.entries[1].compressedSize = 25 }.contains("bytes are needed"))
        #expect(message { $0.entries[1].size = 25 }.contains("is stored, but 24 bytes should become 25"))
        #expect(message { $0.entries[0].compressedSize = UInt32(pickle.payload.count + 10) }.contains("overlap"))
    }

    @Test func whatIsNotReadIsNamed() {
        #expect(message { $0.entries[1].flags = 1 }.contains("\"a/data/0\" is encrypted"))
        #expect(message { $0.entries[1].method = 12 }.contains("method 12"))
        #expect(message { $0.entries.append($0.entries[1]) }.contains("\"a/data/0\" occurs twice"))
        #expect(message { $0.entries.removeFirst() }.contains("0 entries"))
        #expect(message { $0.entries.append(.init(name: "b/data.pkl", payload: [])) }.contains("2 entries"))
        #expect(
            message { $0.entries.append(.init(name: "a/byteorder", payload: Array("middle".utf8))) }.contains(
                "byte order \"middle\""))
    }

    @Test func aBombIsRefusedBeforeItIsInflated() {
        #expect(
            message {
                $0.entries[1].method = 8
                $0.entries[1].size = 4_000_000_000
            }.contains("claims to grow from 24 to 4000000000"))
    }

    @Test func damagedDeflateIsRefused() throws {
        #expect(message { $0.entries[1].method = 8 }.contains("does not inflate"))
    }
}
