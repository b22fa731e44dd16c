import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SafeTensorsTests {
    private func file(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    private func refusal(_ header: String, _ data: [UInt8] = []) -> String {
        message(reading: file(header, data))
    }

    @Test func writtenOnesComeBack() throws {
        var written = SafeTensors(metadata: ["format": "srq", "graph": "{\"a\":\"ü\n\"}"])
        try written.append("body.0.weight", counting([2, 3]))
        try written.append("codes", bytes: [1, 2, 3])
        try written.append("scalar", Tensor(dimensions: [], values: [2.5]))
        try written.append("empty", type: .float16, dimensions: [0, 4], bytes: [])
        try written.append("long", type: .int64, dimensions: [2], bytes: (littleEndian(Int64(-1)) + littleEndian(Int64(7)))[...])
        let bytes = try written.serialized()
        #expect(bytes == (try written.serialized()))

        let read = try SafeTensors.read(bytes: bytes, name: "x")
        #expect(read.metadata == written.metadata)
        #expect(read.entries == written.entries)
        #expect(read["codes"]?.bytes == [1, 2, 3])
        #expect(try read.tensor("body.0.weight") == counting([2, 3]))
        #expect(try read.tensor("long").values == [-1, 7])
        #expect(
            failure { () throws(CheckpointError) in try read.tensor("other") }?.description == "x: tensor \"other\": is missing")
        let state = try StateDict.read(bytes: bytes, name: "x")
        #expect(state.tensors.count == 5 && state.tensors["scalar"]?.values == [2.5])
    }

    /// The bytes of the length are a legacy PyTorch file's (80 02), a lone 80, and a zip archive's (50 4b 03 04).
    @Test(arguments: [0x280, 0x380, 0x580, 0x1080, 0x0403_4B50])
    func aLengthThatLooksLikeAnotherFormat(length: Int) throws {
        let header = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
        let bytes = file(header + String(repeating: " ", count: length - header.utf8.count), [7])
        #expect(SafeTensors.isMeant(by: bytes))
        #expect(try StateDict.read(bytes: bytes, name: "x").tensors["a"]?.values == [7])
    }

    @Test func theExactBytes() throws {
        var container = SafeTensors(metadata: ["b": "2", "a": "1"])
        try container.append("z", bytes: [7])
        try container.append("y", type: .float32, dimensions: [1], bytes: [0, 0, 128, 63])
        let header =
            #"{"__metadata__":{"a":"1","b":"2"},"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
            + #""y":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(try container.serialized() == file(padded, [7, 0, 0, 128, 63]))
    }

    @Test func filesAreWrittenAndReadBack() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "srq-\(UUID()).safetensors").path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        var container = SafeTensors()
        try container.append("w", counting([3]))
        try container.write(to: path)
        #expect(try SafeTensors.read(path: path).entries == container.entries)
        #expect(try StateDict.read(path: path).tensors == ["w": counting([3])])
        let missing = "/nowhere/at/all"
        #expect(failure { () throws(CheckpointError) in try container.write(to: missing) } == .file(.notFound(path: missing)))
    }

    @Test func everyElementType() throws {
        let one: [(ElementType, [UInt8])] = [
            (.bool, [1]), (.uint8, [1]), (.int8, [1]), (.uint16, [1, 0]), (.int16, [1, 0]), (.float16, [0, 0x3C]),
            (.bfloat16, [0x80, 0x3F]),
            (.uint32, [1, 0, 0, 0]), (.int32, [1, 0, 0, 0]), (.float32, [0, 0, 0x80, 0x3F]), (.uint64, [1, 0, 0, 0, 0, 0, 0, 0]),
            (.int64, [1, 0, 0, 0, 0, 0, 0, 0]), (.float64, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
        ]
        #expect(one.count == ElementType.allCases.count)
        for (type, bytes) in one {
            #expect(type.size == bytes.count)
            let header = #"{"w":{"dtype":"\#(type.rawValue)","shape":[1],"data_offsets":[0,\#(bytes.count)]}}"#
            #expect(try StateDict.read(bytes: file(header, bytes), name: "x").tensors["w"]?.values == [1], "\(type)")
        }
    }

    @Test func halfPrecisionHoldsEveryValue() throws {
        let halves = (0...UInt16.max).flatMap { littleEndian($0) }
        var container = SafeTensors()
        try container.append("half", type: .float16, dimensions: [65536], bytes: halves[...])
        try container.append("brain", type: .bfloat16, dimensions: [65536], bytes: halves[...])
        let half = try container.tensor("half").values
        let brain = try container.tensor("brain").values
        for bits in 0...UInt16.max {
            // IEEE 754 by hand: sign, five bits of exponent, ten of fraction.
            let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
            let size = exponent == 0 ? fraction * exp2(-24) : (1024 + fraction) * exp2(Double(exponent) - 25)
            let expected = exponent == 31 ? (fraction == 0 ? Double.infinity : .nan) : size
            let value = Double(half[Int(bits)]) * (bits >> 15 == 1 ? -1 : 1)
            #expect(value == expected || value.isNaN && expected.isNaN)
            #expect(brain[Int(bits)].isNaN || brain[Int(bits)].bitPattern == UInt32(bits) << 16)
        }
    }

    @Test(arguments: [
        (#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "4 bytes for dimensions [2] of F32"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 4, "offsets [0, 8] do not lie within the 4 bytes"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "do not lie within"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "do not lie within"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, 4, "3 numbers, at most 2"),
        (#"{"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "header.w.shape[0]: expected a whole number"),
        (#"{"w":{"dtype":"F32","shape":[0.5],"data_offsets":[0,4]}}"#, 4, "expected a whole number"),
        (#"{"w":{"dtype":"F32","shape":[9007199254740992,9007199254740992],"data_offsets":[0,4]}}"#, 4, "overflow"),
        (#"{"w":{"dtype":"F32","shape":[9007199254740992,512],"data_offsets":[0,4]}}"#, 4, "4 bytes for dimensions"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "1 bytes after the last entry"),
        (
            #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#, 5,
            "begins at byte 1 of the data, the entry before it ends at 0"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[2,5]}}"#, 5,
            "\"b\": begins at byte 2 of the data, the entry before it ends at 3"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, 3,
            "begins at byte 0"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"a":{"dtype":"U8","shape":[3],"data_offsets":[3,6]}}"#, 6,
            "key \"a\" occurs twice"
        ),
        (#"{"w":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, 1, "type \"F8_E4M3\""),
        (#"{"w":{"dtype":"F32","shape":[1]}}"#, 4, "header.w: \"data_offsets\" is missing"),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, 4, "unknown key \"x\""),
        (#"{"w":3}"#, 0, "header.w: expected an object, found a number"), (#"{"__metadata__":{"a":1}}"#, 0, "expected a string"),
        ("{", 0, "expected a key in quotes"),
    ])
    func headersThatLie(header: String, size: Int, expected: String) {
        let message = refusal(header, [UInt8](repeating: 0, count: size))
        #expect(message.hasPrefix("test.pth: ") && message.contains(expected), "\(message)")
    }

    @Test func headerLengths() {
        #expect(message(reading: littleEndian(UInt64.max) + Array("{}".utf8)).contains("a header of \(UInt64.max) bytes"))
        #expect(message(reading: littleEndian(UInt64(100)) + Array("{}".utf8)).contains("100 bytes are needed, 2 are left"))
    }

    @Test func entriesThatDoNotAddUpAreNotTaken() throws {
        var container = SafeTensors(name: "new")
        try container.append("w", bytes: [1])
        func refuse(_ name: String, _ dimensions: [Int], _ bytes: [UInt8]) -> String? {
            failure { () throws(CheckpointError) in
                try container.append(name, type: .float32, dimensions: dimensions, bytes: bytes[...])
            }?.description
        }
        #expect(refuse("w", [1], [0, 0, 0, 0]) == "new: tensor \"w\": the name is taken")
        #expect(refuse("x", [1], [0]) == "new: tensor \"x\": 1 bytes for dimensions [1] of F32")
        #expect(refuse("x", [-1], [0]) == "new: tensor \"x\": dimensions [-1] are negative or overflow")
        #expect(refuse("__metadata__", [0], []) == "new: tensor \"__metadata__\": the name is reserved")
        #expect(container.entries.count == 1)
    }
}
