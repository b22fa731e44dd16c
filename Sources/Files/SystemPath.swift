import Glibc

/// How a path of bytes, as the system has it, is a `String` and back.
///
/// Names on disk are bytes; old archives leave some that are not UTF-8, which a `String` cannot hold. Each byte that belongs to no
/// UTF-8 is the code point `firstStandIn` + byte, of a private plane that nobody's names use; should one be in a name all the same,
/// its four bytes are stood in for too, so that every path has one text and every text at most one path.
public enum SystemPath {
    private static let firstStandIn: UInt32 = 0x10_FE00
    private static let standIns: ClosedRange<UInt32> = firstStandIn + 0x80...firstStandIn + 0xFF

    /// Returns the text that stands for a path of bytes.
    public static func text(_ bytes: some Collection<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self), !text.unicodeScalars.contains(where: isStandIn) { return text }
        var scalars = String.UnicodeScalarView()
        var rest = Array(bytes)[...]
        while let first = rest.first {
            // The first byte says how many a sequence has.
            let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            if let scalar = String(validating: rest.prefix(length), as: UTF8.self)?.unicodeScalars.first, !isStandIn(scalar) {
                scalars.append(scalar)
                rest = rest.dropFirst(length)
            } else {
                if let scalar = Unicode.Scalar(firstStandIn + UInt32(first)) { scalars.append(scalar) }
                rest = rest.dropFirst()
            }
        }
        return String(scalars)
    }

    /// Returns the text that stands for a path that ends with a NUL.
    public static func text(_ path: UnsafePointer<CChar>) -> String {
        text(UnsafeRawBufferPointer(start: path, count: strlen(path)))
    }

    /// Returns the bytes that a text stands for, without a NUL at the end.
    public static func bytes(_ text: String) -> [UInt8] {
        guard text.unicodeScalars.contains(where: isStandIn) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isStandIn(scalar) {
                bytes.append(UInt8(scalar.value - firstStandIn))
            } else {
                bytes += Array(String(Character(scalar)).utf8)
            }
        }
        return bytes
    }

    /// Returns a text with paths in it as people can read it: a byte that is not UTF-8 as `\xe9`.
    public static func shown(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isStandIn) else { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if isStandIn(scalar) {
                shown += "\\x" + String(scalar.value - firstStandIn, radix: 16)
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func isStandIn(_ scalar: Unicode.Scalar) -> Bool { standIns.contains(scalar.value) }
}
