import Glibc
import Machine

/// What can go wrong with a file. Every case carries the path as the caller gave it.
public enum FileError: Error, Sendable, Equatable {
    /// There is nothing of this name.
    case notFound(path: String)
    /// A folder stands where a file is needed.
    case isFolder(path: String)
    /// A file stands where a folder is needed.
    case notFolder(path: String)
    /// The file has no bytes; no format of this library is valid without any.
    case empty(path: String)
    /// The file has more bytes than the caller's limit, or than there is memory.
    case tooLarge(path: String, bytes: Int)
    /// Anything else the system said; `doing` is "open", "read", "write", …
    case system(path: String, doing: String, code: Int32)
}

extension FileError {
    /// The error for `errno` after a failed call on `path`.
    init(path: String, doing: String, code: Int32) {
        switch code {
        case ENOENT: self = .notFound(path: path)
        case EISDIR: self = .isFolder(path: path)
        case ENOTDIR: self = .notFolder(path: path)
        default: self = .system(path: path, doing: doing, code: code)
        }
    }

    /// The path that the error is about, as the caller gave it.
    public var path: String {
        switch self {
        case .notFound(let path), .isFolder(let path), .notFolder(let path), .empty(let path), .tooLarge(let path, _),
            .system(let path, _, _):
            path
        }
    }
}

extension FileError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let path): "\(path): no such file or folder"
        case .isFolder(let path): "\(path): is a directory, not a file"
        case .notFolder(let path): "\(path): is not a directory"
        case .empty(let path): "\(path): the file is empty"
        case .tooLarge(let path, let bytes): "\(path): \(Memory.text(bytes: bytes)) are more than can be read into memory"
        case .system(let path, let doing, let code): "\(path): cannot \(doing): \(Self.text(ofCode: code))"
        }
    }

    private static func text(ofCode code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            // strerror shares one buffer between threads; strerror_r does not.
            guard let start = buffer.baseAddress, strerror_r(code, start, buffer.count) == 0 else { return "error \(code)" }
            return String(cString: start)
        }
    }
}
