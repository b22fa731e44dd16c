/// A digest of bytes: XXH64 with seed 0, 64 bits. It tells damaged files and inputs that differ; it does not withstand people who
/// want two inputs to have one digest.
///
/// Any change within one 8-byte word of the input changes the digest, so that no flipped bit passes. Bytes can be added in any
/// pieces: the digest is that of all of them in one.
public struct Digest: Sendable {
    private static let primes: (UInt64, UInt64, UInt64, UInt64, UInt64) = (
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5
    )
    private static let blockBytes = 32

    /// The four running sums of whole blocks.
    private var lanes = SIMD4<UInt64>(primes.0 &+ primes.1, primes.1, 0, 0 &- primes.0)
    /// The bytes after the last whole block.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    /// Makes the digest of no bytes.
    public init() {}

    /// Makes the digest of a file's bytes.
    public init(_ bytes: [UInt8]) {
        self.init()
        bytes.withUnsafeBytes { add($0) }
    }

    /// Adds bytes at the end.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let missing = bytes.prefix(Self.blockBytes - rest.count)
            rest += missing
            bytes = bytes.dropFirst(missing.count)
            guard rest.count == Self.blockBytes else { return }
            let block = rest
            rest = []
            block.withUnsafeBytes { Self.addBlocks($0, to: &lanes) }
        }
        let whole = bytes.prefix(bytes.count / Self.blockBytes * Self.blockBytes)
        Self.addBlocks(UnsafeRawBufferPointer(rebasing: whole), to: &lanes)
        rest += bytes.dropFirst(whole.count)
    }

    /// Adds the bit patterns of floats.
    public mutating func add(_ values: [Float]) { values.withUnsafeBytes { add($0) } }

    /// Adds a whole number as 8 bytes.
    public mutating func add(_ number: Int) { withUnsafeBytes(of: Int64(number).littleEndian) { add($0) } }

    /// Adds a text after its length, so that "ab" and "c" differ from "a" and "bc".
    public mutating func add(_ text: String) {
        add(text.utf8.count)
        Array(text.utf8).withUnsafeBytes { add($0) }
    }

    /// The digest of all bytes so far.
    public var value: UInt64 {
        let primes = Self.primes
        var hash = primes.4
        if count >= UInt64(Self.blockBytes) {
            hash = Self.turned(lanes[0], 1) &+ Self.turned(lanes[1], 7) &+ Self.turned(lanes[2], 12) &+ Self.turned(lanes[3], 18)
            for lane in 0..<4 { hash = (hash ^ Self.mixed(0, lanes[lane])) &* primes.0 &+ primes.3 }
        }
        hash &+= count
        return rest.withUnsafeBytes { bytes in
            var position = 0
            while position + 8 <= bytes.count {
                hash = Self.turned(hash ^ Self.mixed(0, Self.word(bytes, position)), 27) &* primes.0 &+ primes.3
                position += 8
            }
            if position + 4 <= bytes.count {
                let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                hash = Self.turned(hash ^ UInt64(half) &* primes.0, 23) &* primes.1 &+ primes.2
                position += 4
            }
            for byte in bytes[position...] { hash = Self.turned(hash ^ UInt64(byte) &* primes.4, 11) &* primes.0 }
            hash = (hash ^ hash >> 33) &* primes.1
            hash = (hash ^ hash >> 29) &* primes.2
            return hash ^ hash >> 32
        }
    }

    /// The digest as 16 hexadecimal digits.
    public var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Adds whole blocks.
    private static func addBlocks(_ bytes: UnsafeRawBufferPointer, to lanes: inout SIMD4<UInt64>) {
        // Locals stay in registers: weights and pictures of hundreds of megabytes come through here.
        var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
        for block in stride(from: 0, to: bytes.count, by: blockBytes) {
            a = mixed(a, word(bytes, block))
            b = mixed(b, word(bytes, block + 8))
            c = mixed(c, word(bytes, block + 16))
            d = mixed(d, word(bytes, block + 24))
        }
        lanes = SIMD4(a, b, c, d)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    private static func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        turned(lane &+ word &* primes.1, 31) &* primes.0
    }

    private static func turned(_ value: UInt64, _ bits: UInt64) -> UInt64 { value << bits | value >> (64 - bits) }
}
