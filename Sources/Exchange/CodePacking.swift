/// The way in which a model file packs weight codes: words of `bits` bits each, without gaps (docs/model-file.md).
///
/// Words fill a byte from its lowest bit up: at 4 bits the first word is the low half of the first byte, the second word its
/// high half. Bits of the last byte that no word needs are 0.
struct CodePacking {
    /// The number of bits of a word, 2…8.
    let bits: Int

    /// Returns how many bytes `count` codes take; nil if that overflows.
    func byteCount(_ count: Int) -> Int? {
        let (total, overflow) = count.multipliedReportingOverflow(by: bits)
        return overflow || total > Int.max - 7 ? nil : (total + 7) / 8
    }

    /// Returns the codes as packed bytes.
    ///
    /// Postcondition: `unpack` gives the codes back.
    /// - Precondition: Codes are below 2^bits.
    func pack(_ codes: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(codes.count * bits / 8 + 1)
        var (pending, filled) = (UInt32(0), 0)
        for code in codes {
            pending |= UInt32(code) << UInt32(filled)
            filled += bits
            while filled >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                filled -= 8
            }
        }
        if filled > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
        return bytes
    }

    /// Returns `count` codes from packed bytes; nil unless the bytes are exactly what `pack` makes of that many codes.
    func unpack(_ bytes: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        guard count >= 0, byteCount(count) == bytes.count else { return nil }
        let mask = UInt32(1) << UInt32(bits) - 1
        var codes: [UInt8] = []
        codes.reserveCapacity(count)
        var (pending, filled) = (UInt32(0), 0)
        for byte in bytes {
            pending |= UInt32(byte) << UInt32(filled)
            filled += 8
            while filled >= bits, codes.count < count {
                codes.append(UInt8(pending & mask))
                pending >>= UInt32(bits)
                filled -= bits
            }
        }
        return pending == 0 ? codes : nil
    }
}
