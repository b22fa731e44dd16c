import Files
import Images
import TestSupport
import Testing

@Suite struct PNGReadingTests {
    static let kinds: [(PNGBuilder.Color, Int, PixelFormat)] = [
        (.gray, 1, .gray), (.gray, 2, .gray), (.gray, 4, .gray), (.gray, 8, .gray), (.gray, 16, .gray),
        (.grayAlpha, 8, .grayAlpha), (.grayAlpha, 16, .grayAlpha), (.rgb, 8, .rgb), (.rgb, 16, .rgb), (.rgba, 8, .rgba),
        (.rgba, 16, .rgba),
    ]

    @Test(arguments: kinds, [false, true])
    func everyKindIsReadExactly(kind: (PNGBuilder.Color, Int, PixelFormat), interlaced: Bool) throws {
        let (color, depth, format) = kind
        let (width, height) = (21, 13)
        let sample = { (x: Int, y: Int, c: Int) -> Int in (x * 40_503 + y * 9973 + c * 12_345 + x * y) % (1 << depth) }
        let builder = PNGBuilder(width: width, height: height, depth: depth, color: color, isInterlaced: interlaced, sample: sample)
        let image = try PNG.decode(builder.file, name: "built")
        let scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1
        let expected =
            depth == 16
            ? try Image.made16(width, height, format, sample)
            : try Image.made(width, height, format) { sample($0, $1, $2) * scale }
        #expect(image == expected)
        let header = try PNG.header(of: builder.file, name: "built")
        #expect(header.width == width && header.height == height && header.format == format && header.type == image.type)
        #expect(header.fileDepth == depth && !header.hasPalette)
    }

    @Test(arguments: [1, 2, 4, 8], [false, true])
    func palettesBecomeColours(depth: Int, isTransparent: Bool) throws {
        let count = 1 << depth
        let colors: [[UInt8]] = (0..<count).map { (i: Int) in [i * 7 % 256, i * 31 % 256, 255 - i].map(UInt8.init) }
        let alpha: [UInt8] = (0..<count / 2).map { (i: Int) in UInt8(i * 50 % 256) }
        let index = { (x: Int, y: Int) in (x * 3 + y * 5) % count }
        let builder = PNGBuilder(
            width: 9, height: 7, depth: depth, color: .palette, palette: colors.flatMap { $0 },
            transparency: isTransparent ? alpha : [], sample: { x, y, _ in index(x, y) })
        let image = try PNG.decode(builder.file, name: "palette")
        let expected = try Image.made(9, 7, isTransparent ? .rgba : .rgb) { x, y, c in
            let color = index(x, y)
            if c < 3 { return Int(colors[color][c]) }
            return color < alpha.count ? Int(alpha[color]) : 255
        }
        #expect(image == expected)
        #expect(try PNG.header(of: builder.file, name: "palette").hasPalette)
        #expect(try PNG.decode(PNG.encode(image), name: "again") == image)
    }

    @Test func aTransparentColourBecomesAlpha() throws {
        let gray = PNGBuilder(width: 3, height: 1, depth: 8, color: .gray, transparency: [0, 7], sample: { x, _, _ in 6 + x })
        #expect(try PNG.decode(gray.file, name: "gray").bytes == [6, 255, 7, 0, 8, 255])
        let deep = PNGBuilder(
            width: 2, height: 1, depth: 16, color: .rgb, transparency: [1, 0, 1, 1, 1, 2], sample: { x, _, c in 256 + c + x })
        #expect(try PNG.decode(deep.file, name: "deep").words == [256, 257, 258, 0, 257, 258, 259, 65535])
    }

    @Test func faultyColourProfilesAndTextsAreSkipped() throws {
        var builder = PNGBuilder(width: 2, height: 2, depth: 8, color: .gray)
        builder.extra = [("iCCP", [1, 2, 3]), ("tEXt", [0, 0]), ("gAMA", [0]), ("pHYs", [9]), ("zzZz", [1])]
        #expect(try PNG.decode(builder.file, name: "profile").bytes == [0, 0, 0, 0])
    }

    // MARK: - Files that lie

    private let small = PNGBuilder(width: 5, height: 4, depth: 8, color: .rgb, sample: { x, y, c in x + 10 * y + 100 * (c & 1) })

    private func reason(_ bytes: [UInt8]) -> String? {
        let error = #expect(throws: ImageError.self) { try PNG.decode(bytes, name: "liar.png") }
        guard case .damaged("liar.png", let reason)? = error else {
            Issue.record("not .damaged: \(String(describing: error))")
            return nil
        }
        return reason
    }

    @Test func everyTruncationIsAnError() throws {
        let file = small.file
        #expect(try PNG.decode(file, name: "whole").width == 5)
        for count in 0..<file.count { #expect(reason(Array(file[..<count]))?.isEmpty == false) }
    }

    /// A change of any byte is noticed: every byte belongs to the signature, a length, a name or a checksum, or is checksummed.
    @Test func everyFlippedBitIsAnError() {
        let file = small.file
        for index in file.indices {
            for bit in 0..<8 {
                var broken = file
                broken[index] ^= 1 << bit
                #expect(throws: ImageError.self, "bit \(bit) of byte \(index)") { try PNG.decode(broken, name: "flipped") }
            }
        }
    }

    @Test func sizesBeyondTheLimitOrTheFileAreRefusedBeforeAnythingIsAllocated() {
        let rest = Array(small.file[33...])
        #expect(reason(PNGBuilder.signature + small.header(1 << 30, 1 << 30) + rest)?.contains("limit") == true)
        #expect(reason(PNGBuilder.signature + small.header(1 << 31 - 1, 1) + rest)?.contains("limit") == true)
        #expect(reason(PNGBuilder.signature + small.header(10_000, 10_000) + rest)?.contains("cannot be in a file of") == true)
        #expect(reason(PNGBuilder.signature + small.header(0, 4) + rest)?.contains("IHDR") == true)
        #expect(reason(PNGBuilder.signature + small.header(4, 0) + rest)?.contains("IHDR") == true)
        #expect(reason(PNGBuilder.signature + small.header(1 << 32 - 1, 4) + rest) == "PNG unsigned integer out of range")
    }

    @Test func moreOrFewerRowsThanDeclaredAreErrors() {
        let rest = Array(small.file[33...])
        #expect(reason(PNGBuilder.signature + small.header(5, 5) + rest) == "Not enough image data")
        #expect(reason(PNGBuilder.signature + small.header(5, 3) + rest) != nil)
    }

    @Test func bytesAfterTheEndAreAnError() {
        #expect(reason(small.file + [0]) == "there are bytes after the end of the image")
    }

    @Test func aMissingPaletteIsAnError() {
        #expect(reason(PNGBuilder(width: 2, height: 2, depth: 8, color: .palette).file)?.isEmpty == false)
    }

    @Test func coloursBeyondThePaletteAreBlack() throws {
        let short = PNGBuilder(width: 2, height: 1, depth: 8, color: .palette, palette: [1, 2, 3], sample: { x, _, _ in x * 200 })
        #expect(try PNG.decode(short.file, name: "short").bytes == [1, 2, 3, 0, 0, 0])
    }

    @Test func whatIsNoPNGSaysSo() {
        #expect(reason([]) == "not a PNG file")
        #expect(reason(Array("GIF89a, not a PNG".utf8)) == "not a PNG file")
    }

    @Test func filesAreNamedInErrors() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ImageError.file(.notFound(path: folder("none.png")))) { try Image.read(png: folder("none.png")) }
        #expect(throws: ImageError.file(.isFolder(path: folder.path))) { try Image.read(png: folder.path) }
        try AtomicFile.write(Array(small.file.dropLast(20)), to: folder("cut.png"))
        let error = #expect(throws: ImageError.self) { try Image.read(png: folder("cut.png")) }
        #expect(error?.description.hasPrefix(folder("cut.png") + ": ") == true)
    }
}
