/// Weight codes of `bits` bits each, packed without gaps.
///
/// The first code takes the lowest bits of the first byte, at 4 bits the second one its highest; bits left over in the last byte
/// are 0.
struct CodePacking {
    /// 2…8.
    let bits: Int

    /// Bytes for `count` codes; nil where that overflows.
    func byteCount(_ count: Int) -> Int? {
        let (total, overflow) = count.multipliedReportingOverflow(by: bits)
        return overflow || total > Int.max - 7 ? nil : (total + 7) / 8
    }

    /// - Precondition: codes are below 2^bits.
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

    /// - Returns: nil unless the bytes are exactly what `pack` makes of `count` codes.
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
