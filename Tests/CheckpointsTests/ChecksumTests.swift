import Checkpoints
import Tensors
import Testing

@Suite("A checksum in the metadata")
struct ChecksumTests {
    private static func sealed() throws -> SafeTensors {
        var file = SafeTensors(metadata: ["format": "test", "note": "ä"], name: "file")
        try file.append("a", Tensor(dimensions: [2, 2], values: [1, -2, 0.5, 0]))
        try file.append("empty", bytes: [])
        try file.append("b", bytes: [1, 2, 3])
        file.seal()
        return file
    }

    @Test("comes back from a file intact; a container without one says so")
    func roundTrip() throws {
        let file = try SafeTensors.read(bytes: try Self.sealed().serialized(), name: "file")
        #expect(file.isIntact == true)
        #expect(SafeTensors(metadata: ["format": "test"]).isIntact == nil)
    }

    @Test("is wrong, or the file cannot be read, for every flipped bit that changes what the file says")
    func flippedBits() throws {
        let sealed = try Self.sealed()
        let bytes = try sealed.serialized()
        var refused = 0
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << UInt8(bit)
                guard let file = try? SafeTensors.read(bytes: flipped, name: "file"), file.isIntact == true else {
                    refused += 1
                    continue
                }
                // Spaces of the header's padding can become tabs: nothing that the file says has changed.
                #expect(file.metadata == sealed.metadata && file.entries == sealed.entries, "byte \(position), bit \(bit)")
            }
        }
        #expect(refused > bytes.count * 7)
    }

    @Test("notices names, types and dimensions, not only bytes")
    func contents() throws {
        let sum = try Self.sealed().checksum
        for (name, dimensions) in [("c", [2, 2]), ("a", [4]), ("a", [1, 4])] {
            var other = SafeTensors(metadata: ["format": "test", "note": "ä"], name: "file")
            try other.append(name, Tensor(dimensions: dimensions, values: [1, -2, 0.5, 0]))
            try other.append("empty", bytes: [])
            try other.append("b", bytes: [1, 2, 3])
            #expect(other.checksum != sum)
        }
    }
}
