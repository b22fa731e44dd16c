/// The formats that tensors are read from, told apart by their first bytes.
enum CheckpointFormat {
    case torchZip, torchLegacy, safeTensors

    init(of bytes: [UInt8], name: String) throws(CheckpointError) {
        if bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6]) {
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
}
