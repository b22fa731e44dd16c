import Checkpoints
import TestSupport
import Testing

/// A small generator of reproducible numbers (Steele, Lea, Flood 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Damaged files are read or refused; the test's failure would be a trap.
@Suite struct MutationTests {
    /// Numbers where arithmetic on sizes and offsets tips over.
    private static let edges: [UInt64] = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 62, 1 << 63, .max]

    private static func mutated(_ original: [UInt8], with other: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let place = bytes.indices.randomElement(using: &random) else { return bytes }
            let length = min(Int.random(in: 1...32, using: &random), bytes.count - place)
            switch Int.random(in: 0..<7, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 2: bytes.removeSubrange(place..<place + length)
            case 3: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            case 4: if Int.random(in: 0..<4, using: &random) == 0 { bytes.removeSubrange(place...) }
            case 5:
                let number = littleEndian(edges.randomElement(using: &random) ?? 0).prefix(
                    [1, 2, 4, 8].randomElement(using: &random) ?? 8)
                for (offset, byte) in number.enumerated() where place + offset < bytes.count { bytes[place + offset] = byte }
            default:
                let start = Int.random(in: 0..<other.count, using: &random)
                bytes.replaceSubrange(place..<place + length, with: other[start..<min(start + length, other.count)])
            }
        }
        return bytes
    }

    private static func seeds() throws -> [(name: String, bytes: [UInt8])] {
        var seeds = try Golden.names.map { ($0, try Golden.bytes($0)) }
        var container = SafeTensors(metadata: ["graph": "{}"])
        try container.append("body.weight", counting([2, 3]))
        try container.append("codes", bytes: [1, 2, 3])
        try container.append("half", type: .float16, dimensions: [2, 2], bytes: [0, 0, 0, 60, 0, 64, 0, 66])
        seeds.append(("safetensors", try container.serialized()))
        return seeds
    }

    @Test func damagedCheckpointsAreReadOrRefused() throws {
        let seeds = try Self.seeds()
        var random = SplitMix(seed: 7)
        var (read, refused) = (0, 0)
        for (name, bytes) in seeds {
            for _ in 0..<300 {
                let other = seeds.randomElement(using: &random)?.bytes ?? bytes
                let damaged = Self.mutated(bytes, with: other, &random)
                do throws(CheckpointError) {
                    let state = try StateDict.read(bytes: damaged, name: name, allowNonFinite: true)
                    for tensor in state.tensors.values {
                        #expect(tensor.values.count == tensor.dimensions.reduce(1, *))
                    }
                    read += 1
                } catch {
                    #expect(error.description.hasPrefix(name))
                    refused += 1
                }
            }
        }
        // Both ways must have been taken often, or the damage was not what it should be.
        #expect(read > 500 && refused > 3000, "\(read) read, \(refused) refused")
    }

    @Test func damagedJSONIsReadOrRefused() throws {
        let text = #"{"a":[1,-2.5e3,true,null],"b":{"\u00e9\ud83d\ude00":"x\n"},"c":[[[]]],"recipe":{"weights":4,"rate":0.001}}"#
        var random = SplitMix(seed: 9)
        var (read, refused) = (0, 0)
        for _ in 0..<10_000 {
            let damaged = Self.mutated(Array(text.utf8), with: Array(text.utf8.reversed()), &random)
            do throws(CheckpointError) {
                let value = try JSON.parse(bytes: damaged[...], name: "x")
                #expect(try JSON.parse(value.serialized()) == value)
                read += 1
            } catch {
                refused += 1
            }
        }
        #expect(read > 500 && refused > 5000, "\(read) read, \(refused) refused")
    }
}
