import Glibc

/// Writing a file so that every reader, at any moment and after any failure, sees the old one or the new one in full.
public enum AtomicFile {
    /// Writes a temporary file beside `path`, syncs it to the disk and renames it.
    ///
    /// An existing file keeps its permissions, a symbolic link stays one and its target is replaced; a device or pipe is
    /// written to directly. On failure nothing is left behind and an existing file is as it was.
    public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try write([bytes], to: path)
    }

    /// Writes several pieces one after the other, with the same promises.
    public static func write(_ pieces: [[UInt8]], to path: String) throws(FileError) {
        let target = resolved(try Files.checked(path))
        switch Files.kind(target) {
        case S_IFDIR: throw .isFolder(path: path)
        case nil, S_IFREG: break
        default:
            let device = try Descriptor(target, O_WRONLY, named: path)
            defer { device.close() }
            return try write(pieces, into: device)
        }

        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
        let temporary = folder + ".srq-" + String(UInt64.random(in: 0 ... .max), radix: 36) + ".tmp"
        let file = try Descriptor(temporary, O_WRONLY | O_CREAT | O_EXCL, named: path)
        do throws(FileError) {
            try keepPermissions(of: target, on: file)
            try write(pieces, into: file)
            guard fsync(file.number) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
        } catch {
            file.close()
            unlink(temporary)
            throw error
        }
        do throws(FileError) {
            try file.finish()
            guard rename(temporary, target) == 0 else { throw FileError(path: path, doing: "replace", code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        syncFolder(folder)
    }

    /// Makes sure, before the work whose result `write` is to store, that it can: the folder is there and can be written to. A disk
    /// may still be full when it is time.
    ///
    /// - Throws: `.isFolder`, `.notFound` for a folder that is not there, `.notFolder`, and what the system says of permissions.
    public static func requireWritable(_ path: String) throws(FileError) {
        let target = resolved(try Files.checked(path))
        switch Files.kind(target) {
        case S_IFDIR: throw .isFolder(path: path)
        case nil, S_IFREG: break
        default:
            guard access(target, W_OK) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
            return
        }
        let folder = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "./"
        var status = stat()
        guard !path.isEmpty else { throw .notFound(path: "\"\"") }
        guard stat(folder, &status) == 0 else { throw FileError(path: folder, doing: "open", code: errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notFolder(path: folder) }
        guard access(folder, W_OK | X_OK) == 0 else { throw FileError(path: path, doing: "write", code: errno) }
    }

    private static func write(_ pieces: [[UInt8]], into file: Descriptor) throws(FileError) {
        for piece in pieces {
            try piece.withUnsafeBufferPointer { (bytes) throws(FileError) in try file.write(UnsafeRawBufferPointer(bytes)) }
        }
    }

    /// Returns where `path` leads to, so that replacing a symbolic link replaces what it names.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    private static func keepPermissions(of target: String, on file: Descriptor) throws(FileError) {
        var status = stat()
        guard stat(target, &status) == 0 else { return }
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
