import Files
import Images
import TestSupport
import Testing

@Suite struct NamesTests {
    private let image: Image

    init() throws { image = try Image(width: 2, height: 2, format: .gray, type: .uint8) }

    @Test(arguments: ["a.jpg", "a.JPEG", "a.png.bak", "a.webp", "a.", "frame.0001", "folder.png/a.tif", ".hidden.jpg"])
    func aNameThatPromisesAnotherFormatIsRefused(name: String) throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ImageError.self) { try image.write(png: folder(name)) }
        let ending = "." + (name.split(separator: ".", omittingEmptySubsequences: false).last ?? "")
        #expect(error?.description == "\(folder(name)): cannot write '\(ending)', only PNG; give it a name that ends in .png")
        #expect(try Files.list(folder: folder.path).isEmpty)
    }

    @Test(arguments: ["a.png", "a.PNG", "a", ".png", "a.jpg.png", "café.Png"])
    func namesOfPNGAndNamesWithoutAnExtensionAreWritten(name: String) throws {
        let folder = try TemporaryFolder()
        try image.write(png: folder(name))
        #expect(try Image.read(png: folder(name)) == image)
    }
}
