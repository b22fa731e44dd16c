import Glibc

/// A file that something was read from, as the system knows it: by device and number, which are the same under every name and
/// through every link. Work asks it before it writes, so that no result replaces what it was made from.
///
/// A file that was changed after it was read is another one, because systems give the number of a file that is gone to a new one.
public struct InputFile: Sendable, Hashable {
    /// The path by which the file was opened; messages name it.
    public let path: String
    /// What is the same under every name of the file.
    public let identity: Identity

    /// What is the same under every name of a file.
    public struct Identity: Sendable, Hashable {
        private let device: UInt64
        private let number: UInt64
        private let size: Int64
        private let seconds: Int
        private let nanoseconds: Int

        /// Makes the identity of what is at a path; nil unless that is a regular file.
        fileprivate init?(_ path: String) {
            var status = stat()
            guard let path = try? Files.checked(path), stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                return nil
            }
            (device, number, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
            (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        }
    }

    /// Makes the identity of the file at a path; nil where there is no regular file.
    public init?(_ path: String) {
        guard let identity = Identity(path) else { return nil }
        (self.path, self.identity) = (path, identity)
    }

    /// Returns the first of `inputs` that writing to `path` would replace; nil where none is.
    public static func replaced(byWritingTo path: String, among inputs: some Sequence<InputFile>) -> InputFile? {
        guard let identity = Identity(path) else { return nil }
        return inputs.first { $0.identity == identity }
    }
}
