import Images
import Testing

@Suite struct GeometryTests {
    @Test(arguments: SampleType.allCases)
    func croppingAndPastingUndoEachOther(type: SampleType) throws {
        let image = try Image.arbitrary(9, 7, .rgba, type)
        let part = try image.cropped(x: 2, y: 3, width: 4, height: 2)
        #expect(part.width == 4 && part.height == 2)
        #expect(try image.pasted(part, x: 2, y: 3) == image)
        let other = try Image(width: 9, height: 7, format: .rgba, type: type).pasted(part, x: 5, y: 5)
        #expect(try other.cropped(x: 5, y: 5, width: 4, height: 2) == part)
    }

    @Test func cropsAreTheRightPixels() throws {
        let image = try Image.made(10, 10, .rgb) { x, y, c in x * 10 + y + c * 50 }
        #expect(try image.cropped(x: 3, y: 8, width: 2, height: 1).bytes == [38, 88, 138, 48, 98, 148])
        #expect(try image.cropped(toMultipleOf: 4) == image.cropped(x: 0, y: 0, width: 8, height: 8))
    }

    @Test func partsOutsideAreErrors() throws {
        let image = try Image.arbitrary(5, 4, .gray)
        for (x, y, width, height) in [
            (0, 0, 6, 1), (0, 0, 1, 5), (-1, 0, 1, 1), (5, 0, 1, 1), (0, 0, 0, 1),
            (Int.max, 0, 1, 1), (1, 0, Int.max, 1),
        ] {
            #expect(throws: ImageError.self) { try image.cropped(x: x, y: y, width: width, height: height) }
        }
        #expect(throws: ImageError.self) { try image.cropped(toMultipleOf: 5) }
        #expect(throws: ImageError.self) { try image.pasted(image, x: 1, y: 0) }
        #expect(throws: ImageError.self) { try image.pasted(Image.arbitrary(1, 1, .rgb), x: 0, y: 0) }
        #expect(throws: ImageError.self) { try image.pasted(Image.arbitrary(1, 1, .gray, .uint16), x: 0, y: 0) }
        for factor in [0, -1, Int.max, 1 << 40] { #expect(throws: ImageError.self) { try image.enlargedNearest(by: factor) } }
    }

    @Test func nearestEnlargementRepeatsPixels() throws {
        let image = try Image.arbitrary(4, 3, .rgb)
        let expected = try Image.made(12, 9, .rgb) { x, y, c in Int(image.bytes[((y / 3) * 4 + x / 3) * 3 + c]) }
        #expect(try image.enlargedNearest(by: 3) == expected)
        #expect(try image.enlargedNearest(by: 1) == image)
    }

    @Test func imagesBesideEachOtherAreRGBOnWhite() throws {
        let row = try Image.beside(
            [Image.made(1, 2, .gray) { _, y, _ in y + 5 }, Image.made16(1, 1, .bgra) { _, _, c in c * 257 }], gap: 1)
        #expect(row.width == 3 && row.height == 2 && row.format == .rgb)
        #expect(row.bytes == [5, 5, 5, 255, 255, 255, 2, 1, 0, 6, 6, 6, 255, 255, 255, 255, 255, 255])
        #expect(throws: ImageError.self) { try Image.beside([], gap: 1) }
        #expect(throws: ImageError.self) { try Image.beside([row], gap: -1) }
    }
}
