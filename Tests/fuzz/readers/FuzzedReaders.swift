import Checkpoints
import Images
import SuperResolution

/// Reads what a fuzzer made, as the reader `reader` of `FuzzedReader` would read a file of these bytes.
///
/// Any error is right, as long as it says something; a trap, a hang or too much memory is what the fuzzer looks for.
/// - Returns: 1 where the bytes were read, 0 where they were refused, −1 for a reader that there is not.
@_cdecl("srq_fuzz_read")
public func read(_ reader: Int32, _ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    guard let reader = FuzzedReader(rawValue: reader) else { return -1 }
    let input = [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    do {
        try reader.read(input)
        return 1
    } catch {
        precondition(!"\(error)".isEmpty, "an error without a message")
        return 0
    }
}

/// What can be fuzzed. The numbers are those of `driver.c`.
enum FuzzedReader: Int32 {
    /// A checkpoint or a saved model of any format, told apart by its content.
    case model = 0
    /// A pickle, which is put into an archive as PyTorch writes them, so that the archive's own tables are always right.
    case pickle = 1
    /// A picture.
    case picture = 2
    /// A model that upscales a small picture, where it can be loaded and is small.
    case upscaling = 3

    func read(_ bytes: [UInt8]) throws {
        switch self {
        case .model:
            _ = try Model.load(bytes: bytes, name: "input")
        case .pickle:
            _ = try StateDict.read(bytes: TorchArchive.containing(pickle: bytes), name: "input")
        case .picture:
            _ = try PNG.decode(bytes, name: "input")
        case .upscaling:
            try upscale(with: Model.load(bytes: bytes, name: "input"))
        }
    }

    /// Upscales 4×4 pixels. A model of more parameters than this would make the fuzzer slow and shows nothing more.
    private func upscale(with model: Model) throws {
        guard model.network.parameterCount < 100_000 else { return }
        let session = try Session(model, threads: 1)
        _ = try session.upscale(Image(width: 4, height: 4, format: .rgb, samples: .uint8([UInt8](repeating: 100, count: 48))))
    }
}
