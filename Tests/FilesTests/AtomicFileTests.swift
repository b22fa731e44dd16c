import Files
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func whatIsWrittenIsReadBack() throws {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try AtomicFile.write(bytes, to: folder("a"))
        #expect(try Files.read(folder("a")) == bytes)
        try AtomicFile.write([[1, 2], [], [3]], to: folder("a"))
        #expect(try Files.read(folder("a")) == [1, 2, 3])
        #expect(try Files.list(folder: folder.path) == ["a"], "no temporary file is left")
    }

    @Test func aFolderInTheWayIsAnErrorAndNothingIsLeft() throws {
        try FileManager.default.createDirectory(atPath: folder("taken"), withIntermediateDirectories: false)
        #expect(throws: FileError.isFolder(path: folder("taken"))) { try AtomicFile.write([1], to: folder("taken")) }
        #expect(try Files.list(folder: folder.path) == ["taken"])
    }

    @Test func aMissingFolderIsNamedByTheTargetsPath() {
        #expect(throws: FileError.notFound(path: folder("no/a"))) { try AtomicFile.write([1], to: folder("no/a")) }
    }

    @Test func aFullDeviceIsAnErrorThatSaysSo() {
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1, 2, 3], to: "/dev/full") }
        #expect(error?.description == "/dev/full: cannot write: No space left on device")
    }

    @Test func aDeviceIsWrittenToAndNotReplaced() throws {
        try AtomicFile.write([1], to: "/dev/null")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    }

    @Test func permissionsAndSymbolicLinksSurvive() throws {
        try AtomicFile.write([1], to: folder("real"))
        chmod(folder("real"), 0o640)
        symlink("real", folder("link"))
        try AtomicFile.write([2], to: folder("link"))
        #expect(try Files.read(folder("real")) == [2])
        var status = stat()
        #expect(lstat(folder("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        #expect(stat(folder("real"), &status) == 0 && status.st_mode & 0o777 == 0o640)
    }

    @Test func namesOfTheGreatestLengthWork() throws {
        let name = String(repeating: "n", count: 255)
        try AtomicFile.write([1], to: folder(name))
        #expect(try Files.list(folder: folder.path) == [name])
    }
}
