import Checkpoints
import Exchange
import Files
import Images

extension Model {
    /// Writes a model file (docs/model-file.md): temporary file, sync, rename, so that no reader ever sees half of it.
    ///
    /// - Throws: `.argument` for a path that leads to a file that the model was made from; `.file`, `.exchange`, `.checkpoint`.
    public func save(to path: String) throws(SuperResolutionError) {
        try sources.refuseReplacing(by: path, what: "the model")
        let bytes = try serialized(name: path)
        try wrapping(SuperResolutionError.file) { () throws(FileError) in try AtomicFile.write(bytes, to: path) }
    }

    /// Returns the bytes of a model file; the same model always gives the same bytes. `name` stands for the file in messages.
    public func serialized(name: String = "model") throws(SuperResolutionError) -> [UInt8] {
        let file = try wrapping(SuperResolutionError.exchange) { () throws(ExchangeError) in
            try ModelFile.file(of: content, name: name)
        }
        return try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in try file.serialized() }
    }

    /// Writes the float weights under their checkpoint names as safetensors. The metadata holds the load options that differ from
    /// the defaults, so that the file loads as the same network.
    ///
    /// - Throws: `.unsupported` for a quantized model, whose float weights are gone; `.argument` for a path that leads to the file
    ///   that the model was loaded from.
    public func export(to path: String) throws(SuperResolutionError) {
        guard !isQuantized else {
            throw .unsupported("\(name): a quantized model has no float weights to export; export the float model it was made from")
        }
        try sources.refuseReplacing(by: path, what: "the weights")
        let file = try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in
            var file = SafeTensors(metadata: network.loadOptions.metadata, name: path)
            for (name, tensor) in network.checkpointTensors { try file.append(name, tensor) }
            return file
        }
        try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in try file.write(to: path) }
    }
}

extension [InputFile] {
    /// Returns these files and those that the images were read from, each once.
    func joined(with images: PatchSet) -> [InputFile] { self + images.sources.filter { !contains($0) } }

    /// Makes sure that writing to a path replaces none of these files.
    ///
    /// - Parameter what: What would be written, for the message.
    /// - Throws: `.argument`, which names the file.
    func refuseReplacing(by path: String, what: String) throws(SuperResolutionError) {
        guard let input = InputFile.replaced(byWritingTo: path, among: self) else { return }
        let name = input.path == path ? "" : " (\(input.path))"
        throw .argument("\(path): \(what) would replace a file that it is made from\(name); write to another file")
    }
}
