import Checkpoints
import TestSupport
import Testing

/// Files whose bytes ask for many times as many bytes of memory. Tests/abi/memory.c measures what they take.
@Suite struct BudgetTests {
    @Test func thePathOfAFieldIsPutTogetherWhereItIsAskedFor() throws {
        let text = #"{"a":{"b":[0,{"c":true}]}}"#
        let root = JSON.Field(try JSON.parse(text), path: "file")
        let field = try root.member("a").member("b").elements()[1].member("c")
        #expect(field.path == "file.a.b[1].c")
        #expect(
            failure { () throws(CheckpointError) in try field.string() }?.description
                == "file.a.b[1].c: expected a string, found true or false")
        #expect(try root.members().map(\.field.path) == ["file.a"])
    }

    @Test func aPickleOfShallowObjectsIsStopped() {
        // TUPLE1 makes an array of one byte of the file.
        let flood = [0x4E] + [UInt8](repeating: 0x85, count: 6 << 20)
        #expect(message(reading: Pickle.checkpoint(flood)).contains("its objects take more than 16 times its size"))
    }

    @Test func aListOfManyNumbersIsNoFlood() throws {
        let number: [UInt8] = [0x47, 0, 0, 0, 0, 0, 0, 0, 0]
        let losses: [UInt8] = [0x5D, 0x28] + [[UInt8]](repeating: number, count: 300_000).joined() + [0x65]
        let object = Pickle.dictionary([("losses", losses), ("w", Pickle.tensor([6], [1]))])
        #expect(try StateDict.read(bytes: Pickle.checkpoint(object), name: "x").tensors.count == 1)
    }

    @Test func oneTensorUnderManyNamesIsStopped() {
        let names = (0..<70_000).map { (String($0, radix: 36), Pickle.recall(0)) }
        let object = Pickle.tensor([6], [1]) + Pickle.remember(0) + [0x30] + Pickle.dictionary(names)
        #expect(message(reading: Pickle.checkpoint(object)).contains("more than 65536 tensors"))
    }

    @Test func whatClaimsToShrinkMoreThanWeightsDoIsRefused() {
        var builder = ZipBuilder(entries: [
            .init(name: "a/data.pkl", payload: Pickle.file(Pickle.dictionary([("w", Pickle.tensor([6], [1]))]))),
            .init(name: "a/data/0", payload: [UInt8](repeating: 0, count: 1000), method: 8),
        ])
        builder.entries[1].size = 16 * 1000 + 4097
        #expect(message(reading: builder.bytes).contains("claims to grow from 1000 to 20097 bytes"))
    }
}
