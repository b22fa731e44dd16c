import Checkpoints
import Exchange
import Files
import Networks

extension Model {
    /// Loads a PyTorch state dict, a safetensors file or a saved model, told apart by content. Nothing in the file is executed.
    ///
    /// - Parameter options: What a checkpoint cannot say about its network. A saved model says all of it, and no option may be set.
    /// - Throws: `.file`, `.checkpoint` and `.exchange` for a file that cannot be read, `.network` for tensors of no known
    ///   architecture, `.argument` for options that go with a saved model.
    public static func load(path: String, options: LoadOptions = LoadOptions()) throws(SuperResolutionError) -> Model {
        let source = InputFile(path)
        let bytes = try wrapping(SuperResolutionError.file) { () throws(FileError) in try Files.read(path) }
        return try load(bytes: bytes, name: path, sources: source.map { [$0] } ?? [], options: options)
    }

    /// Loads a model from the bytes of a file, as `load(path:options:)` does; `name` stands for the file in messages.
    public static func load(
        bytes: [UInt8], name: String, options: LoadOptions = LoadOptions()
    ) throws(SuperResolutionError) -> Model {
        try load(bytes: bytes, name: name, sources: [], options: options)
    }

    private static func load(
        bytes: [UInt8], name: String, sources: [InputFile], options: LoadOptions
    ) throws(SuperResolutionError) -> Model {
        var stored = LoadOptions()
        if SafeTensors.isMeant(by: bytes) {
            let file = try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in
                try SafeTensors.read(bytes: bytes, name: name)
            }
            if ModelFile.isModel(file) {
                guard options == LoadOptions() else {
                    throw .argument("\(name): load options are for checkpoints; a saved model knows its own network")
                }
                let content = try wrapping(SuperResolutionError.exchange) { () throws(ExchangeError) in try ModelFile.read(file) }
                return Model(name: name, sources: sources, content)
            }
            stored = try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in
                try LoadOptions(metadata: file.metadata, file: name)
            }
        }
        let state = try wrapping(SuperResolutionError.checkpoint) { () throws(CheckpointError) in
            // What the network reads has to be finite, and is checked where it is read. Buffers beside it need not be: those of an
            // observer that has seen nothing are infinite.
            try StateDict.read(bytes: bytes, name: name, allowNonFinite: true)
        }
        let network = try wrapping(SuperResolutionError.network) { () throws(NetworkError) in
            try Network.recognise(tensors: state.tensors, file: name, options: options, stored: stored)
        }
        return Model(name: name, sources: sources, .float(network))
    }
}
