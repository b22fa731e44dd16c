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

    /// The number of bytes of the chunk IEND, which stands behind the pixels.
    private let endLength = 12

    @Test func everyTruncationWithinThePixelsIsAnError() throws {
        let file = small.file
        #expect(try PNG.decode(file, name: "whole").warnings.isEmpty)
        for count in 0..<file.count - endLength { #expect(reason(Array(file[..<count]))?.isEmpty == false) }
    }

    @Test func everyTruncationBehindThePixelsIsAWarning() throws {
        let file = small.file
        let whole = try PNG.decode(file, name: "whole")
        for count in file.count - endLength..<file.count {
            let cut = try PNG.decode(Array(file[..<count]), name: "cut.png")
            #expect(cut == whole && cut.warnings.count == 1)
        }
        #expect(
            try PNG.decode(Array(file.dropLast(endLength)), name: "cut.png").warnings
                == ["cut.png: there is no end (IEND) after the pixels"])
    }

    /// A change of any byte is noticed: every byte belongs to the signature, a length, a name or a checksum, or is checksummed.
    /// Behind the pixels it changes none of them.
    @Test func everyFlippedBitIsAnErrorOrAWarning() throws {
        let file = small.file
        let whole = try PNG.decode(file, name: "whole")
        for index in file.indices {
            for bit in 0..<8 {
                var broken = file
                broken[index] ^= 1 << bit
                guard index >= file.count - endLength else {
                    #expect(throws: ImageError.self, "bit \(bit) of byte \(index)") { try PNG.decode(broken, name: "flipped") }
                    continue
                }
                let image = try PNG.decode(broken, name: "flipped")
                #expect(image == whole && !image.warnings.isEmpty, "bit \(bit) of byte \(index)")
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

    @Test func fewerRowsThanDeclaredAreAnErrorAndMoreAWarning() throws {
        let rest = Array(small.file[33...])
        #expect(reason(PNGBuilder.signature + small.header(5, 5) + rest) == "Not enough image data")
        let image = try PNG.decode(PNGBuilder.signature + small.header(5, 3) + rest, name: "a.png")
        #expect(try image == PNG.decode(small.file, name: "whole").cropped(x: 0, y: 0, width: 5, height: 3))
        #expect(image.warnings == ["a.png: IDAT: Too much image data"])
    }

    // MARK: - Files that every viewer opens

    /// Chunks of a file with an RGB or gray image and their broken or surplus brothers.
    private func file(
        _ builder: PNGBuilder, before: [[UInt8]] = [], pixels: [[UInt8]]? = nil, after: [[UInt8]] = []
    ) -> [UInt8] {
        let idat = pixels ?? [PNGBuilder.chunk("IDAT", PNGBuilder.stored(builder.scanlines))]
        let end = PNGBuilder.chunk("IEND", [])
        return (PNGBuilder.signature + builder.header(builder.width, builder.height))
            + (before + idat + after).flatMap { $0 } + end
    }

    private func broken(_ chunk: [UInt8]) -> [UInt8] { chunk.dropLast() + [chunk[chunk.count - 1] ^ 1] }

    @Test func bytesAfterTheEndAreAWarning() throws {
        for rest in [[0], [10], [UInt8](repeating: 7, count: 5000), small.file] as [[UInt8]] {
            let image = try PNG.decode(small.file + rest, name: "a.png")
            #expect(try image == PNG.decode(small.file, name: "whole"))
            #expect(image.warnings == ["a.png: there are \(rest.count) bytes after the end of the image"])
        }
    }

    @Test(arguments: ["tEXt", "zTXt", "gAMA", "pHYs", "iCCP", "tIME", "zzZz"])
    func aBrokenChecksumOfAnAncillaryChunkIsAWarning(name: String) throws {
        let chunk = broken(PNGBuilder.chunk(name, [1, 0, 2, 3]))
        let whole = try PNG.decode(small.file, name: "whole")
        for bytes in [file(small, before: [chunk]), file(small, after: [chunk])] {
            let image = try PNG.decode(bytes, name: "a.png")
            #expect(image == whole && image.warnings == ["a.png: \(name): CRC error"])
        }
    }

    @Test func aBrokenChecksumOfWhatMakesThePixelsIsAnError() {
        let palette = PNGBuilder(width: 2, height: 1, depth: 8, color: .palette, sample: { x, _, _ in x })
        let colours = PNGBuilder.chunk("PLTE", [1, 2, 3, 4, 5, 6])
        #expect(throws: Never.self) { try PNG.decode(file(palette, before: [colours]), name: "whole") }
        #expect(reason(file(palette, before: [broken(colours)])) == "PLTE: CRC error")
        #expect(reason(file(palette, before: [colours, broken(PNGBuilder.chunk("tRNS", [0]))])) == "tRNS: CRC error")
        let pixels = PNGBuilder.chunk("IDAT", PNGBuilder.stored(small.scanlines))
        #expect(reason(file(small, pixels: [broken(pixels)])) == "IDAT: CRC error")
        var header = small.file
        header[29] ^= 1
        #expect(reason(header) == "IHDR: CRC error")
    }

    @Test func pixelsThatAreNotThoseThatWereCompressedAreAnError() {
        var stream = PNGBuilder.stored(small.scanlines)
        stream[stream.count - 1] ^= 1
        #expect(reason(file(small, pixels: [PNGBuilder.chunk("IDAT", stream)])) == "IDAT: incorrect data check")
    }

    @Test func surplusCompressedDataIsAWarning() throws {
        let whole = try PNG.decode(small.file, name: "whole")
        let stream = PNGBuilder.stored(small.scanlines)
        let (more, further) = (PNGBuilder.stored(small.scanlines + [1, 2, 3]), PNGBuilder.chunk("IDAT", [1, 2, 3]))
        for pixels in [
            [PNGBuilder.chunk("IDAT", stream + [1, 2, 3])], [PNGBuilder.chunk("IDAT", more)],
            [PNGBuilder.chunk("IDAT", stream), further], [PNGBuilder.chunk("IDAT", stream), broken(further)],
        ] {
            let image = try PNG.decode(file(small, pixels: pixels), name: "a.png")
            #expect(image == whole && image.warnings.contains { $0.hasPrefix("a.png: IDAT: ") }, "\(image.warnings)")
        }
    }

    @Test func aPaletteInAGrayImageIsAWarning() throws {
        let gray = PNGBuilder(width: 3, height: 1, depth: 8, color: .gray, sample: { x, _, _ in 5 * x })
        let image = try PNG.decode(file(gray, before: [PNGBuilder.chunk("PLTE", [9, 9, 9, 8, 8, 8])]), name: "a.png")
        #expect(image.format == .gray && image.bytes == [0, 5, 10])
        #expect(image.warnings == ["a.png: PLTE: ignored in grayscale PNG"])
    }

    @Test func aTransparentColourBesideAlphaIsAWarning() throws {
        let rgba = PNGBuilder(width: 2, height: 1, depth: 8, color: .rgba, sample: { x, _, c in 10 * x + c })
        let image = try PNG.decode(file(rgba, before: [PNGBuilder.chunk("tRNS", [0, 0, 0, 1, 0, 2])]), name: "a.png")
        #expect(image.format == .rgba && image.bytes == [0, 1, 2, 3, 10, 11, 12, 13])
        #expect(image.warnings == ["a.png: tRNS: invalid with alpha channel"])
    }

    /// As libpng and the viewers above it, the whole chunk is left out.
    @Test func aTransparencyThatIsTooLongIsAWarning() throws {
        let gray = PNGBuilder(width: 2, height: 1, depth: 8, color: .gray, sample: { x, _, _ in 7 * x })
        let image = try PNG.decode(file(gray, before: [PNGBuilder.chunk("tRNS", [0, 7, 0])]), name: "a.png")
        #expect(image.format == .gray && image.bytes == [0, 7] && image.warnings == ["a.png: tRNS: invalid"])
        let palette = PNGBuilder(width: 2, height: 1, depth: 8, color: .palette, sample: { x, _, _ in x })
        let chunks = [PNGBuilder.chunk("PLTE", [1, 2, 3, 4, 5, 6]), PNGBuilder.chunk("tRNS", [0, 1, 2])]
        let coloured = try PNG.decode(file(palette, before: chunks), name: "a.png")
        #expect(coloured.format == .rgb && coloured.bytes == [1, 2, 3, 4, 5, 6] && coloured.warnings == ["a.png: tRNS: invalid"])
    }

    @Test func aFloodOfWarningsIsCut() throws {
        let letters = (97..<123).map { String(Character(Unicode.Scalar(UInt8($0)))) }
        let names = letters.flatMap { first in letters.map { "a\(first)Z\($0)" } }
        let chunks = names.map { broken(PNGBuilder.chunk($0, [])) }
        let image = try PNG.decode(file(small, before: chunks), name: "a.png")
        #expect((2...100).contains(image.warnings.count) && Set(image.warnings).count == image.warnings.count)
    }

    @Test func whatIsMadeOfAnImageHasNoWarnings() throws {
        let image = try PNG.decode(small.file + [0], name: "a.png")
        #expect(try image.cropped(x: 0, y: 0, width: 2, height: 2).warnings.isEmpty)
        #expect(try image.resizedBicubic(width: 2, height: 2).warnings.isEmpty)
    }

    @Test func aMessageAboutMemoryHasTheSizeOfTheImageInUnits() {
        let error = #expect(throws: ImageError.self) { try Image(width: 1_000_000, height: 1 << 32, format: .rgba, type: .float32) }
        #expect(error?.description == "an image of 1000000 x 4294967296 pixels takes 69 PB, more memory than there is")
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
        try AtomicFile.write(Array(small.file.dropLast(30)), to: folder("cut.png"))
        let error = #expect(throws: ImageError.self) { try Image.read(png: folder("cut.png")) }
        #expect(error?.description.hasPrefix(folder("cut.png") + ": ") == true)
    }
}
