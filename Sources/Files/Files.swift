import Glibc
import Machine

/// Reading files and folders.
public enum Files {
    /// The largest file that `read` takes unless told otherwise: 4 GiB.
    public static let defaultLimit = 1 << 32

    /// Reads a whole file or pipe.
    ///
    /// - Parameter limit: the most bytes to accept; a longer file is `.tooLarge`.
    /// - Returns: at least one byte.
    public static func read(_ path: String, limit: Int = defaultLimit) throws(FileError) -> [UInt8] {
        let file = try Descriptor(path, O_RDONLY)
        defer { file.close() }
        let status = try file.status()
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO: break
        case S_IFDIR: throw .isFolder(path: path)
        default: throw .system(path: path, doing: "read what is neither a file nor a pipe", code: EINVAL)
        }
        let expected = Int(status.st_size)
        guard expected <= limit, Memory.isAvailable(bytes: expected) else { throw .tooLarge(path: path, bytes: expected) }

        var bytes = [UInt8]()
        // The size is a hint: a file can grow while it is read, and what /proc shows says 0.
        var room = max(expected + 1, 4096)
        while true {
            var code: Int32 = 0
            var end = false
            let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
                while filled < room {
                    let count = Glibc.read(file.number, buffer.baseAddress.map { $0 + filled }, room - filled)
                    if count < 0 && errno == EINTR { continue }
                    if count < 0 { code = errno }
                    if count <= 0 {
                        end = true
                        return
                    }
                    filled += count
                }
            }
            guard code == 0 else { throw FileError(path: path, doing: "read", code: code) }
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
            guard bytes.count <= limit else { throw .tooLarge(path: path, bytes: bytes.count) }
            if end { break }
            room = 1 << 20
        }
        guard !bytes.isEmpty else { throw .empty(path: path) }
        return bytes
    }

    /// Returns the names in a folder without "." and "..", ascending by their bytes (for UTF-8 the order of Python's `sorted`).
    public static func list(folder path: String) throws(FileError) -> [String] {
        guard let directory = opendir(try checked(path)) else { throw FileError(path: path, doing: "open", code: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) { SystemPath.text($0) }
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError(path: path, doing: "list", code: errno) }
        return names.map { ($0, SystemPath.bytes($0)) }.sorted { $0.1.lexicographicallyPrecedes($1.1) }.map(\.0)
    }

    /// Returns the paths whose last component matches the last component of `pattern` ("photos/*.png"), in the order of `list`.
    ///
    /// The folder part is taken literally. As in a shell, a leading dot must be written out.
    /// - Returns: an empty array where nothing matches; a missing folder is an error.
    public static func matching(_ pattern: String) throws(FileError) -> [String] {
        let cut = pattern.utf8.lastIndex(of: UInt8(ascii: "/")).map { pattern.utf8.index(after: $0) } ?? pattern.startIndex
        let (prefix, last) = (String(pattern[..<cut]), String(pattern[cut...]))
        let wildcard = WildcardPattern(last)
        return try list(folder: prefix.isEmpty ? "." : prefix)
            .filter { wildcard.matches($0) && ($0.hasPrefix(".") == last.hasPrefix(".")) }
            .map { prefix + $0 }
    }

    /// Whether a folder is there; a symbolic link counts as what it names.
    public static func isFolder(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// Whether anything is there: a file, a folder or something else.
    public static func exists(_ path: String) -> Bool { kind(path) != nil }

    /// Returns the path of `name` inside `folder`, whether or not `folder` ends in a slash.
    public static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty || folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    /// Returns the bits of the file's type; nil where nothing is there.
    static func kind(_ path: String) -> mode_t? {
        var status = stat()
        guard let path = try? checked(path), stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }

    /// Returns the bytes of a path with a NUL at the end, as the C library takes them: a NUL inside would silently name another
    /// file.
    package static func checked(_ path: String) throws(FileError) -> [CChar] {
        let bytes = SystemPath.bytes(path)
        guard !bytes.contains(0) else { throw .system(path: path, doing: "open", code: EINVAL) }
        return bytes.map { CChar(bitPattern: $0) } + [0]
    }
}
