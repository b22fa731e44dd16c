import Glibc

/// An open file and the path that its errors name.
struct Descriptor {
    let path: String
    let number: Int32

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o666, named name: String? = nil) throws(FileError) {
        self.path = name ?? path
        var opened: Int32
        let checked = try Files.checked(path)
        repeat { opened = open(checked, flags | O_CLOEXEC, mode) } while opened < 0 && errno == EINTR
        guard opened >= 0 else { throw FileError(path: self.path, doing: flags & O_CREAT == 0 ? "open" : "create", code: errno) }
        number = opened
    }

    func status() throws(FileError) -> stat {
        var status = stat()
        guard fstat(number, &status) == 0 else { throw FileError(path: path, doing: "inspect", code: errno) }
        return status
    }

    /// Writes all bytes. What fails is an error even where the system sends a signal that would end the process: at the limit on
    /// the size of files (SIGXFSZ), or where nobody reads a pipe any more (SIGPIPE).
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        let signals = HeldSignals([SIGXFSZ, SIGPIPE])
        defer { signals.release() }
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
