/// A maker of PNG files, sound or broken, so that reading is not tested with the library's own writing alone.
struct PNGBuilder {
    enum Color: UInt8 {
        case gray = 0
        case rgb = 2
        case palette = 3
        case grayAlpha = 4
        case rgba = 6
    }

    var width: Int
    var height: Int
    var depth: Int
    var color: Color
    var isInterlaced = false
    var palette: [UInt8] = []
    var transparency: [UInt8] = []
    /// The chunks that stand between the header and the pixels.
    var extra: [(name: String, bytes: [UInt8])] = []
    /// The function that gives one sample, of `depth` bits.
    var sample: (_ x: Int, _ y: Int, _ channel: Int) -> Int = { _, _, _ in 0 }

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    var file: [UInt8] {
        Self.signature + header(width, height) + (palette.isEmpty ? [] : Self.chunk("PLTE", palette))
            + (transparency.isEmpty ? [] : Self.chunk("tRNS", transparency)) + extra.flatMap { Self.chunk($0.name, $0.bytes) }
            + Self.chunk("IDAT", Self.stored(scanlines)) + Self.chunk("IEND", [])
    }

    func header(_ width: Int, _ height: Int) -> [UInt8] {
        Self.chunk("IHDR", big(width) + big(height) + [UInt8(depth), color.rawValue, 0, 0, isInterlaced ? 1 : 0])
    }

    static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + bytes
        return big(bytes.count) + body + big(Int(crc(body)))
    }

    /// Returns a zlib stream of uncompressed blocks.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 65535, bytes.count)
            let count = end - start
            out.append(end == bytes.count ? 1 : 0)
            for word in [count, ~count] { out += [UInt8(word & 255), UInt8(word >> 8 & 255)] }
            out += bytes[start..<end]
            start = end
        } while start < bytes.count
        var (a, b) = (1, 0)
        for byte in bytes { (a, b) = ((a + Int(byte)) % 65521, (b + a + Int(byte)) % 65521) }
        return out + big(b << 16 | a)
    }

    var channels: Int {
        switch color {
        case .gray, .palette: 1
        case .grayAlpha: 2
        case .rgb: 3
        case .rgba: 4
        }
    }

    var scanlines: [UInt8] {
        guard isInterlaced else { return rows(x: 0, y: 0, stepX: 1, stepY: 1) }
        let passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
        return passes.flatMap { rows(x: $0.0, y: $0.1, stepX: $0.2, stepY: $0.3) }
    }

    private func rows(x left: Int, y top: Int, stepX: Int, stepY: Int) -> [UInt8] {
        var out: [UInt8] = []
        guard left < width else { return out }
        for y in stride(from: top, to: height, by: stepY) {
            var (bits, filled) = (0, 0)
            out.append(0)
            for x in stride(from: left, to: width, by: stepX) {
                for channel in 0..<channels {
                    (bits, filled) = (bits << depth | sample(x, y, channel), filled + depth)
                    while filled >= 8 {
                        filled -= 8
                        out.append(UInt8(bits >> filled & 255))
                    }
                    bits &= 255
                }
            }
            if filled > 0 { out.append(UInt8(bits << (8 - filled) & 255)) }
        }
        return out
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = UInt32.max
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
        }
        return ~crc
    }

    private func big(_ number: Int) -> [UInt8] { Self.big(number) }
    private static func big(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 255) } }
}
