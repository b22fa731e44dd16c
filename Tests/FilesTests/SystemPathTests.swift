import Files
import Glibc
import TestSupport
import Testing

@Suite struct SystemPathTests {
    @Test(
        arguments: [
            Array("plain.png".utf8), Array("café 図.png".utf8), [0x63, 0x61, 0x66, 0xE9, 0x2E, 0x70], [0xFF], [0x80, 0x81], [0xC3],
            [0xE2, 0x82],
            [0xF0, 0x9F, 0x98], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE9, 0x61, 0xC3, 0xA9],
            // The text of U+10FEE9, which stands for the byte E9.
            [0xF4, 0x8F, 0xBB, 0xA9], [0xE9, 0xF4, 0x8F, 0xBB, 0xA9, 0x61],
        ] as [[UInt8]])
    func everyPathHasATextOfItsOwn(bytes: [UInt8]) {
        #expect(SystemPath.bytes(SystemPath.text(bytes)) == bytes)
    }

    @Test func pathsOfTwoBytesNeverShareAText() {
        var texts: Set<[Unicode.Scalar]> = []
        for first in UInt8(1)...255 {
            for second in UInt8(1)...255 { texts.insert(Array(SystemPath.text([first, second]).unicodeScalars)) }
        }
        #expect(texts.count == 255 * 255)
    }

    @Test func whatIsNotUTF8IsShownAsItsByte() {
        let text = "d/" + SystemPath.text([0x63, 0x61, 0x66, 0xE9]) + ".png: no such file"
        #expect(SystemPath.shown(text) == "d/caf\\xe9.png: no such file")
        #expect(SystemPath.shown("café") == "café")
    }

    @Test func filesWhoseNamesAreNotUTF8AreReadWrittenAndListed() throws {
        let folder = try TemporaryFolder()
        let name = SystemPath.text([0x63, 0x61, 0x66, 0xE9, 0x2E, 0x70, 0x6E, 0x67])
        try AtomicFile.write([1, 2], to: folder("a.png"))
        try AtomicFile.write([3], to: folder(name))
        try AtomicFile.write([4], to: folder("z.png"))
        // The system sees the bytes that were meant.
        let path = folder.path + "/"
        var bytes = Array(path.utf8CString.dropLast()) + [0x63, 0x61, 0x66].map { CChar($0) }
        bytes += [CChar(bitPattern: 0xE9)] + ".png".utf8CString
        #expect(access(bytes, F_OK) == 0)
        #expect(try Files.list(folder: folder.path) == ["a.png", name, "z.png"])
        #expect(try Files.matching(folder("caf?.png")) == [folder(name)])
        #expect(try Files.read(folder(name)) == [3] && Files.exists(folder(name)))
        try AtomicFile.write([5], to: folder(name))
        #expect(try Files.read(folder(name)) == [5])
    }
}
