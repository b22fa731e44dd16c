import TestSupport

/// A zip archive as `torch.save` lays it out, made around a pickle.
enum TorchArchive {
    /// Returns an archive whose `data.pkl` is this pickle; four storages, named 0 to 3, have 64 bytes each.
    static func containing(pickle: [UInt8]) -> [UInt8] {
        let storage = (0..<64).map { UInt8($0 % 4 == 3 ? 0x3E : $0) }  // Floats between 0.1 and 0.3.
        var entries = [("archive/data.pkl", pickle), ("archive/version", Array("3\n".utf8))]
        for index in 0..<4 { entries.append(("archive/data/\(index)", storage)) }
        return ZipBuilder(entries: entries.map { .init(name: $0.0, payload: $0.1) }).bytes
    }
}
