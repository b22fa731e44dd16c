/// The formats that tensors are read from, told apart by their first bytes.
enum CheckpointFormat {
    case torchZip, torchLegacy, safeTensors

    init(of bytes: [UInt8], name: String) throws(CheckpointError) {
        // First, because the length that a safetensors file begins with can have the bytes that the others begin with.
        if Self.beginsWithWholeHeader(bytes) {
            self = .safeTensors
        } else if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) {
            self = .torchZip
        } else if bytes.count >= 2, bytes[0] == 0x80, (2...5).contains(bytes[1]) {
            self = .torchLegacy
        } else if bytes.count > 8, bytes[8] == UInt8(ascii: "{") {
            self = .safeTensors
        } else if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
            throw .unsupported(
                file: name,
                reason: "a tar archive, perhaps PyTorch's format from before 0.1.10; load it with PyTorch and save it again")
        } else {
            let start = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
            throw .unknownFormat(
                file: name,
                reason: "no checkpoint: looked for a PyTorch zip archive (50 4b 03 04), a PyTorch legacy file (80 02) "
                    + "and a safetensors header ('{' at byte 8), found "
                    + (bytes.isEmpty ? "no bytes" : "\(bytes.count) bytes that begin \(start)"))
        }
    }

    private static func beginsWithWholeHeader(_ bytes: [UInt8]) -> Bool {
        guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return length <= UInt64(bytes.count - 8)
    }
}

extension SafeTensors {
    /// Whether bytes are meant to be a safetensors file, to go by how they begin.
    public static func isMeant(by bytes: [UInt8]) -> Bool {
        do { return try CheckpointFormat(of: bytes, name: "") == .safeTensors } catch { return false }
    }
}
