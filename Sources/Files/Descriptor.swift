import Glibc

/// An open file and the path that its errors name.
struct Descriptor {
    let path: String
    let number: Int32

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o666, named name: String? = nil) throws(FileError) {
        self.path = name ?? path
        let checked = try Files.checked(path)
        var opened: Int32
        repeat { opened = open(checked, flags | O_CLOEXEC, mode) } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw FileError(path: self.path, doing: flags & O_CREAT == 0 ? "open" : "create", code: errno) }
        number = opened
    }

    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw FileError(path: path, doing: "inspect", code: errno) }
        return status
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError(path: path, doing: "write", code: count < 0 ? errno : EIO) }
            rest = rest.dropFirst(count)
        }
    }

    /// Closes the file and ignores errors, for files that were only read or are given up.
    func close() { _ = Glibc.close(number) }

    /// Closes the file and reports the errors that a network file system shows only now.
    func finish() throws(FileError) {
        guard Glibc.close(number) == 0 || errno == EINTR else { throw FileError(path: path, doing: "write", code: errno) }
    }
}
