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

    // MARK: - Links

    private func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    @Test func aLinkToNothingStaysOneAndItsTargetIsMade() throws {
        try FileManager.default.createDirectory(atPath: folder("inner"), withIntermediateDirectories: false)
        symlink("target", folder("beside"))
        symlink("inner/target", folder("below"))
        symlink("../above", folder("inner/up"))
        symlink(folder("absolute target"), folder("absolute"))
        symlink("chain2", folder("chain1"))
        symlink("inner/end", folder("chain2"))
        for (index, (link, target)) in [
            ("beside", "target"), ("below", "inner/target"), ("inner/up", "above"), ("absolute", "absolute target"),
            ("chain1", "inner/end"),
        ].enumerated() {
            try AtomicFile.write([UInt8(index)], to: folder(link))
            #expect(isLink(folder(link)) && !isLink(folder(target)), "\(link)")
            #expect(try Files.read(folder(target)) == [UInt8(index)])
        }
        #expect(isLink(folder("chain2")))
    }

    @Test func linksThatLeadNowhereOrInACircleAreErrors() throws {
        symlink("no/target", folder("lost"))
        #expect(throws: FileError.notFound(path: folder("lost"))) { try AtomicFile.write([1], to: folder("lost")) }
        symlink("b", folder("a"))
        symlink("a", folder("b"))
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder("a")) }
        #expect(error?.description == folder("a") + ": cannot open: Too many levels of symbolic links")
        #expect(try Files.list(folder: folder.path) == ["a", "b", "lost"])
    }

    @Test func theOwnerOfAnOverwrittenFileIsKept() throws {
        try AtomicFile.write([1], to: folder("a"))
        // Only the superuser may give files away; anybody may do so to himself.
        let (owner, group): (uid_t, gid_t) = geteuid() == 0 ? (4321, 1234) : (geteuid(), getegid())
        #expect(chown(folder("a"), owner, group) == 0 && chmod(folder("a"), 0o604) == 0)
        try AtomicFile.write([2], to: folder("a"))
        var status = stat()
        #expect(stat(folder("a"), &status) == 0)
        #expect(status.st_uid == owner && status.st_gid == group && status.st_mode & 0o777 == 0o604)
    }

    // MARK: - What killed processes leave

    /// The temporary files of a folder.
    private var temporaries: [String] { get throws { try Files.list(folder: folder.path).filter { $0.hasSuffix(".tmp") } } }

    /// Returns the name of the temporary file that a writer of `name` uses, by looking at the folder while it writes.
    private func temporaryName(of name: String) throws -> String {
        let known = Set(try Files.list(folder: folder.path))
        var seen: String?
        let bytes = [UInt8](repeating: 1, count: 1 << 26)
        let path = folder(name)
        let writer = Thread { try? AtomicFile.write(bytes, to: path) }
        writer.start()
        while seen == nil && !writer.isFinished {
            seen = try Files.list(folder: folder.path).first { !known.contains($0) && $0.hasSuffix(".tmp") }
        }
        while !writer.isFinished { usleep(1000) }
        return try #require(seen)
    }

    @Test func theNextWriterOfANameRemovesWhatWasLeft() throws {
        let left = try temporaryName(of: "a")
        let other = try temporaryName(of: "b")
        #expect(left != other && left.hasPrefix(".srq-"))
        for name in [left, other] { #expect(FileManager.default.createFile(atPath: folder(name), contents: Data([9]))) }
        // One that another writer would have taken.
        let second = left.replacingOccurrences(of: "-0.tmp", with: "-1.tmp")
        #expect(second != left && FileManager.default.createFile(atPath: folder(second), contents: Data([9])))
        try AtomicFile.write([1], to: folder("a"))
        #expect(try temporaries == [other])
        try AtomicFile.write([1], to: folder("b"))
        #expect(try temporaries.isEmpty)
    }

    @Test func whatIsStillWrittenToIsNotRemoved() throws {
        let name = try temporaryName(of: "a")
        let number = open(folder(name), O_WRONLY | O_CREAT, 0o600)
        #expect(number >= 0 && flock(number, LOCK_EX | LOCK_NB) == 0)
        try AtomicFile.write([1], to: folder("a"))
        #expect(try temporaries == [name] && Files.read(folder("a")) == [1])
        close(number)
        try AtomicFile.write([2], to: folder("a"))
        #expect(try temporaries.isEmpty && Files.read(folder("a")) == [2])
    }

    @Test func whatIsNoFileOfOursIsNotFollowed() throws {
        let name = try temporaryName(of: "a")
        try AtomicFile.write([7], to: folder("victim"))
        symlink("victim", folder(name))
        try AtomicFile.write([1], to: folder("a"))
        #expect(try Files.read(folder("victim")) == [7] && Files.read(folder("a")) == [1])
        #expect(isLink(folder(name)))
    }

    @Test func manyWritersOfOneNameLeaveOneWholeFile() throws {
        let path = folder("a")
        let writers = (0..<24).map { (index: Int) in
            Thread { for _ in 0..<20 { try? AtomicFile.write([UInt8](repeating: UInt8(index), count: 5000), to: path) } }
        }
        for writer in writers { writer.start() }
        while !writers.allSatisfy(\.isFinished) { usleep(1000) }
        let bytes = try Files.read(path)
        #expect(bytes.count == 5000 && Set(bytes).count == 1)
        #expect(try temporaries.isEmpty)
    }
}
