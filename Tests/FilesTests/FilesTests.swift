import Files
import Foundation
import TestSupport
import Testing

@Suite struct FilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func everyKindOfUnreadablePathHasItsOwnError() throws {
        _ = FileManager.default.createFile(atPath: folder("empty"), contents: Data())
        #expect(throws: FileError.notFound(path: folder("missing"))) { try Files.read(folder("missing")) }
        #expect(throws: FileError.isFolder(path: folder.path)) { try Files.read(folder.path) }
        #expect(throws: FileError.empty(path: folder("empty"))) { try Files.read(folder("empty")) }
        #expect(throws: FileError.notFolder(path: folder("empty/x"))) { try Files.read(folder("empty/x")) }
        #expect(throws: FileError.notFolder(path: folder("empty"))) { try Files.list(folder: folder("empty")) }
        #expect(throws: FileError.notFound(path: "")) { try Files.read("") }
        #expect(throws: FileError.self) { try Files.read("/dev/zero") }
    }

    @Test func aNULInAPathDoesNotNameAnotherFile() throws {
        try AtomicFile.write([1], to: folder("a"))
        #expect(throws: FileError.self) { try Files.read(folder("a") + "\0.png") }
        #expect(throws: FileError.self) { try AtomicFile.write([2], to: folder("a") + "\0.png") }
        #expect(try Files.read(folder("a")) == [1])
    }

    @Test func aFileLongerThanTheLimitIsRefused() throws {
        try AtomicFile.write([1, 2, 3], to: folder("a"))
        #expect(try Files.read(folder("a"), limit: 3) == [1, 2, 3])
        #expect(throws: FileError.tooLarge(path: folder("a"), bytes: 3)) { try Files.read(folder("a"), limit: 2) }
        _ = FileManager.default.createFile(atPath: folder("sparse"), contents: Data())
        truncate(folder("sparse"), 1 << 41)
        #expect(throws: FileError.tooLarge(path: folder("sparse"), bytes: 1 << 41)) { try Files.read(folder("sparse")) }
    }

    @Test func sizesAreHintsOnly() throws {
        #expect(try Files.read("/proc/self/status").count > 100)
    }

    @Test func namesAreSortedByBytes() throws {
        for name in ["b", "B", "a10", "a2", "é", "z", ".hidden"] { try AtomicFile.write([1], to: folder(name)) }
        #expect(try Files.list(folder: folder.path) == [".hidden", "B", "a10", "a2", "b", "z", "é"])
    }

    @Test func patternsMatchTheLastComponentAndSkipHiddenNames() throws {
        for name in ["1.png", "2.png", "10.png", ".3.png", "4.jpg"] { try AtomicFile.write([1], to: folder(name)) }
        #expect(try Files.matching(folder("*.png")) == ["1.png", "10.png", "2.png"].map(folder.callAsFunction))
        #expect(try Files.matching(folder("?.png")) == ["1.png", "2.png"].map(folder.callAsFunction))
        #expect(try Files.matching(folder(".*")) == [folder(".3.png")])
        #expect(try Files.matching(folder("4.jpg")) == [folder("4.jpg")])
        #expect(try Files.matching(folder("*.gif")).isEmpty)
        #expect(throws: FileError.notFound(path: folder("no/"))) { try Files.matching(folder("no/*.png")) }
    }

    @Test func joiningAddsASlashOnlyWhereOneIsMissing() {
        #expect(Files.joined("a", "b") == "a/b" && Files.joined("a/", "b") == "a/b" && Files.joined("", "b") == "b")
    }
}
