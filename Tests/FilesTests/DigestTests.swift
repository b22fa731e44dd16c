import Files
import Testing

@Suite struct DigestTests {
    /// The numbers are those of Debian's libxxhash 0.8.1, XXH64 with seed 0.
    @Test(
        arguments: [
            (0, 0xef46_db37_51d8_e999), (1, 0x1f25_c8d0_bc1f_4bb6), (3, 0x31d2_363f_52e5_64c9), (4, 0x9bb6_4b7d_66ee_9fda),
            (7, 0x9a7b_1499_59ce_60d8), (8, 0xdab9_9d95_c6f9_0092), (31, 0xa2aa_5f33_cc4a_6119), (32, 0x23c3_c17e_f790_fd97),
            (33, 0x50a7_cfc7_ba58_8784), (63, 0x5e3e_54b4_31c7_493c), (100, 0xa61f_8d4c_170f_e531), (1000, 0x5f23_5fa0_33f1_a3fb),
        ] as [(Int, UInt64)])
    func agreesWithTheReference(count: Int, expected: UInt64) {
        #expect(Digest(Self.bytes(count)).value == expected)
    }

    @Test func doesNotDependOnThePieces() {
        let bytes = Self.bytes(257)
        for size in 1...70 {
            var digest = Digest()
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { digest.add($0) }
            }
            #expect(digest.value == Digest(bytes).value, "pieces of \(size)")
        }
    }

    @Test func everyFlippedBitChangesIt() {
        let bytes = Self.bytes(100)
        for position in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[position] ^= 1 << UInt8(bit)
                #expect(Digest(flipped).value != Digest(bytes).value)
            }
        }
    }

    @Test func textHasSixteenDigits() {
        #expect(Digest().text == "ef46db3751d8e999")
        for count in 0..<200 { #expect(Digest(Self.bytes(count)).text.count == 16) }
    }

    /// Returns bytes of which byte `i` is 7 · i + 3.
    private static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: 7 * $0 + 3) } }
}
