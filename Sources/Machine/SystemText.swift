import Glibc

/// The small texts in which Linux describes itself and this process.
enum SystemText {
    /// The most bytes that are read: 64 KiB, which is more than any of these files has.
    private static let mostBytes = 1 << 16

    /// Returns the text of a file, or nil where the file cannot be opened: other systems have no such files.
    static func read(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
