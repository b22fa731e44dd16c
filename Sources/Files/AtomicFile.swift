import Glibc

/// Writing a file so that every reader, at any moment and after any failure, sees the old one or the new one in full.
public enum AtomicFile {
    /// Writes a temporary file beside `path`, syncs it to the disk and renames it.
    ///
    /// An existing file keeps its permissions and, where this process may give files away, its owner and group. A symbolic link
    /// stays one, and its target is replaced or made; a device or pipe is written to directly. On failure nothing is left behind
    /// and an existing file is as it was. What a process left behind that was killed here is removed by the next writer of the
    /// same name.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try write([bytes], to: path)
    }

    /// Writes several pieces one after the other, with the same promises.
    public static func write(_ pieces: [[UInt8]], to path: String) throws(FileError) {
        let target = try resolved(path)
        switch Files.kind(target) {
        case S_IFDIR: throw .isFolder(path: path)
        case nil, S_IFREG: break
        default:
            let device = try Descriptor(target, O_WRONLY, named: path)
            defer { device.close() }
            return try write(pieces, into: device)
        }

        let folder = folder(of: target)
        let (temporary, file) = try TemporaryFile.make(for: target, in: folder, named: path)
        do throws(FileError) {
            try keepOwnerAndPermissions(of: target, on: file)
            try write(pieces, into: file)
            guard fsync(file.number) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
            // Renamed before it is closed: the lock, which says that the temporary file has a writer, ends with that.
            guard rename(temporary, try Files.checked(target)) == 0 else {
                throw FileError(path: path, doing: "replace", code: errno)
            }
        } catch {
            unlink(temporary)
            file.close()
            throw error
        }
        try file.finish()
        syncFolder(folder)
    }

    /// Makes sure, before the work whose result `write` is to store, that it can: the folder is there and can be written to. A disk
    /// may still be full when it is time.
    ///
    /// - Throws: `.isFolder`, `.notFound` for a folder that is not there, `.notFolder`, and what the system says of permissions.
    public static func requireWritable(_ path: String) throws(FileError) {
        let target = try resolved(path)
        switch Files.kind(target) {
        case S_IFDIR: throw .isFolder(path: path)
        case nil, S_IFREG: break
        default:
            guard access(try Files.checked(target), W_OK) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
            return
        }
        let folder = try Files.checked(folder(of: target))
        var status = stat()
        guard !path.isEmpty else { throw .notFound(path: "\"\"") }
        guard stat(folder, &status) == 0 else { throw FileError(path: path, doing: "create", code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notFolder(path: path) }
        guard access(folder, W_OK | X_OK) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
    }

    private static func write(_ pieces: [[UInt8]], into file: Descriptor) throws(FileError) {
        for piece in pieces {
            try piece.withUnsafeBufferPointer { (bytes) throws(FileError) in try file.write(UnsafeRawBufferPointer(bytes)) }
        }
    }

    /// The most links that lead from one to the next, as in the kernel.
    private static let mostLinks = 40

    /// Returns where `path` leads to, so that replacing a symbolic link replaces, or makes, what it names.
    private static func resolved(_ path: String) throws(FileError) -> String {
        var current = path
        for _ in 0..<mostLinks {
            guard let link = try linkTarget(current) else { return current }
            current = link.utf8.first == UInt8(ascii: "/") ? link : folder(of: current) + link
        }
        throw FileError(path: path, doing: "open", code: ELOOP)
    }

    /// Returns what a symbolic link says; nil for everything else.
    private static func linkTarget(_ path: String) throws(FileError) -> String? {
        let checked = try Files.checked(path)
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(checked, &bytes, bytes.count)
        guard count > 0, count < bytes.count else { return nil }
        return SystemPath.text(bytes[..<count].map { UInt8(bitPattern: $0) })
    }

    /// Returns the folder that a path's last name is in, with a slash at the end.
    private static func folder(of path: String) -> String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "./"
    }

    private static func keepOwnerAndPermissions(of target: String, on file: Descriptor) throws(FileError) {
        var status = stat()
        guard stat(try Files.checked(target), &status) == 0 else { return }
        let own = try file.status()
        if own.st_uid != status.st_uid || own.st_gid != status.st_gid {
            // Only the superuser may give a file away; whoever may replace another's file has it then. The group may still be kept.
            if fchown(file.number, status.st_uid, status.st_gid) != 0 { _ = fchown(file.number, uid_t.max, status.st_gid) }
        }
        guard fchmod(file.number, status.st_mode & 0o777) == 0 else {
            throw FileError(path: file.path, doing: "set the permissions of", code: errno)
        }
    }

    /// Makes the rename itself survive a power cut. Some file systems cannot sync a folder; the file is whole either way.
    private static func syncFolder(_ folder: String) {
        guard let folder = try? Descriptor(folder, O_RDONLY | O_DIRECTORY) else { return }
        fsync(folder.number)
        folder.close()
    }
}
