import Tensors

/// PyTorch's format since 1.6: a zip archive with `data.pkl`, `byteorder` and one entry per storage, `data/<key>`,
/// all in one folder.
enum TorchZip {
    static func read(_ bytes: [UInt8], file: String) throws(CheckpointError) -> [String: Tensor] {
        let archive = try ZipArchive(bytes, file: file)
        let suffix = "data.pkl"
        let pickles = archive.entries.keys.filter {
            $0 == suffix || ($0.hasSuffix("/" + suffix) && $0.split(separator: "/").count == 2)
        }
        guard pickles.count == 1, let pickleName = pickles.first, let pickleEntry = archive.entries[pickleName] else {
            throw .unsupported(
                file: file,
                reason: "a zip archive with \(pickles.count) entries \"*/data.pkl\" where a PyTorch checkpoint has one; found "
                    + quotedList(archive.entries.keys.sorted()))
        }
        let folder = String(pickleName.dropLast(suffix.count))
        guard archive.entries[folder + "constants.pkl"] == nil else {
            throw .unsupported(file: file, reason: "a TorchScript program; save the network's state_dict() instead")
        }

        let pickle = Array(try archive.contents(of: pickleEntry))
        var reader = ByteReader(pickle, pickle.indices, file: file, part: "data.pkl")
        let (root, heap) = try PickleMachine.read(&reader)
        guard reader.remaining == 0 else { throw reader.malformed("\(reader.remaining) bytes after the pickle's end") }

        var inflated: [String: ArraySlice<UInt8>] = [:]
        var tensors = TorchTensorReader(file: file, fileSize: bytes.count, bigEndian: try isBigEndian(archive, folder))
        return try tensors.read(try Wrapper.unwrapped(root, heap, file: file)) { storage throws(CheckpointError) in
            let name = folder + "data/" + storage.key
            if let known = inflated[name] { return known }
            guard let entry = archive.entries[name] else {
                throw .malformed(file: file, reason: "storage \(quoted(storage.key)) is missing from the archive")
            }
            let contents = try archive.contents(of: entry)
            inflated[name] = contents
            return contents
        }
    }

    /// Returns the byte order. Files from before PyTorch 2.1 do not say; they are little-endian.
    private static func isBigEndian(_ archive: ZipArchive, _ folder: String) throws(CheckpointError) -> Bool {
        guard let entry = archive.entries[folder + "byteorder"] else { return false }
        let order = String(decoding: try archive.contents(of: entry).prefix(16), as: UTF8.self)
        guard order == "little" || order == "big" else {
            throw .malformed(file: archive.file, reason: "byte order \(quoted(order)), neither little nor big")
        }
        return order == "big"
    }
}
