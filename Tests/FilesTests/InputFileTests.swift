import Files
import Foundation
import TestSupport
import Testing

@Suite struct InputFileTests {
    @Test func isKnownUnderEveryNameAndThroughLinks() throws {
        let folder = try TemporaryFolder()
        try AtomicFile.write([1], to: folder("a"))
        try AtomicFile.write([2], to: folder("other"))
        try FileManager.default.createSymbolicLink(atPath: folder("link"), withDestinationPath: "a")
        try FileManager.default.linkItem(atPath: folder("a"), toPath: folder("hard"))
        try FileManager.default.createSymbolicLink(atPath: folder("folder"), withDestinationPath: folder.path)
        let input = try #require(InputFile(folder("a")))
        for name in ["a", "./a", "link", "hard", "folder/a", "folder/link"] {
            #expect(InputFile.replaced(byWritingTo: folder(name), among: [input])?.path == folder("a"), "\(name)")
        }
        for name in ["other", "new", "none/a", ""] {
            #expect(InputFile.replaced(byWritingTo: folder(name), among: [input]) == nil, "\(name)")
        }
    }

    @Test func isNoFolderDeviceOrMissingFile() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path, "/dev/null", folder("none"), "", "a\0b"] { #expect(InputFile(path) == nil) }
    }

    /// A new file may get the number of one that is gone.
    @Test func isNotWhatWasWrittenInItsPlace() throws {
        let folder = try TemporaryFolder()
        try AtomicFile.write([1], to: folder("a"))
        let input = try #require(InputFile(folder("a")))
        try FileManager.default.removeItem(atPath: folder("a"))
        try Data([1, 2]).write(to: URL(fileURLWithPath: folder("b")))
        #expect(InputFile.replaced(byWritingTo: folder("b"), among: [input]) == nil)
    }
}
