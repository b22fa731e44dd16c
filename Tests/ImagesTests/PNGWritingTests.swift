import Files
import Images
import TestSupport
import Testing

@Suite struct PNGWritingTests {
    @Test(arguments: PixelFormat.allCases, [SampleType.uint8, .uint16])
    func everyFormatComesBack(format: PixelFormat, type: SampleType) throws {
        let folder = try TemporaryFolder()
        for (width, height) in [(1, 1), (17, 5), (1, 30000), (30000, 1)] {
            let image = try Image.arbitrary(width, height, format, type)
            try image.write(png: folder("a.png"))
            let back = try Image.read(png: folder("a.png"))
            #expect(back.type == type && back.width == width && back.height == height)
            switch format {
            case .bgr, .bgra:
                #expect(back.format == (format == .bgr ? .rgb : .rgba))
                #expect(back.tensorRGB() == image.tensorRGB() && back.alphaTensor() == image.alphaTensor())
            default: #expect(back == image)
            }
        }
    }

    @Test func floatsBecomeSixteenBit() throws {
        let image = try Image(width: 5, height: 1, format: .gray, samples: .float32([0, 1, 0.5, -3, .nan]))
        #expect(try PNG.decode(PNG.encode(image), name: "float").words == [0, 65535, 32768, 0, 0])
    }

    @Test func aFailureNamesTheFileAndLeavesNothing() throws {
        let folder = try TemporaryFolder()
        let image = try Image.arbitrary(3, 3, .rgb)
        #expect(throws: ImageError.file(.isFolder(path: folder.path))) { try image.write(png: folder.path) }
        #expect(throws: ImageError.file(.notFound(path: folder("no/a.png")))) { try image.write(png: folder("no/a.png")) }
        let full = #expect(throws: ImageError.self) { try image.write(png: "/dev/full") }
        #expect(full?.description == "/dev/full: cannot write: No space left on device")
        #expect(try Files.list(folder: folder.path).isEmpty)
    }
}
