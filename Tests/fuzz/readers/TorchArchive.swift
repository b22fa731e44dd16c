/// A zip archive as `torch.save` lays it out, made around a pickle.
enum TorchArchive {
    /// Returns an archive whose `data.pkl` is this pickle; four storages, named 0 to 3, have 64 bytes each.
    static func containing(pickle: [UInt8]) -> [UInt8] {
        let storage = (0..<64).map { UInt8($0 % 4 == 3 ? 0x3E : $0) }  // Floats between 0.1 and 0.3.
        var entries = [("archive/data.pkl", pickle), ("archive/version", Array("3\n".utf8))]
        for index in 0..<4 { entries.append(("archive/data/\(index)", storage)) }

        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, contents) in entries {
            // Both headers end with the same fields: no flags, stored, no time, no checksum (PyTorch may write none), sizes, name.
            var fields = littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 4) + littleEndian(0, 4)
            fields += littleEndian(contents.count, 4) + littleEndian(contents.count, 4) + littleEndian(name.utf8.count, 2)
            directory += littleEndian(0x0201_4B50, 4) + littleEndian(20, 2) + littleEndian(20, 2) + fields
            directory += littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 4)
            directory += littleEndian(archive.count, 4) + Array(name.utf8)
            archive += littleEndian(0x0403_4B50, 4) + littleEndian(20, 2) + fields + littleEndian(0, 2)
            archive += Array(name.utf8) + contents
        }
        let start = archive.count
        archive += directory + littleEndian(0x0605_4B50, 4) + littleEndian(0, 4)
        archive += littleEndian(entries.count, 2) + littleEndian(entries.count, 2)
        return archive + littleEndian(directory.count, 4) + littleEndian(start, 4) + littleEndian(0, 2)
    }

    private static func littleEndian(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
