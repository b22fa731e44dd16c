import Files
import Tensors

/// The tensors of a network by name, as floats, whatever file they came from.
public struct StateDict: Sendable {
    /// The tensors by name as in the file, without the prefixes of `NamePrefix`. Convolution weights are
    /// `[outputs, inputs, height, width]`; a single number has dimensions `[]`; integers have become floats.
    public var tensors: [String: Tensor]
    /// The file that messages name.
    public var path: String

    /// Makes a state dict of tensors that are known; `path` stands for the file in messages.
    public init(tensors: [String: Tensor], path: String) {
        (self.tensors, self.path) = (tensors, path)
    }

    /// Reads a PyTorch checkpoint (zip or legacy) or a safetensors file, recognised by content, not by name.
    ///
    /// Where a checkpoint wraps several networks, the best is taken: `params_ema` before `params` before `state_dict` …
    /// (`Wrapper.names`); whatever lies beside it is ignored. Nothing in the file is executed.
    ///
    /// - Parameter allowNonFinite: otherwise NaN and infinity in a tensor are an error.
    public static func read(path: String, allowNonFinite: Bool = false) throws(CheckpointError) -> StateDict {
        let bytes: [UInt8]
        do { bytes = try Files.read(path) } catch { throw .file(error) }
        return try read(bytes: bytes, name: path, allowNonFinite: allowNonFinite)
    }

    /// Reads the same formats from memory; `name` stands for the file in messages.
    public static func read(
        bytes: [UInt8], name: String, allowNonFinite: Bool = false
    ) throws(CheckpointError) -> StateDict {
        let tensors =
            switch try CheckpointFormat(of: bytes, name: name) {
            case .torchZip: try TorchZip.read(bytes, file: name)
            case .torchLegacy: try TorchLegacy.read(bytes, file: name)
            case .safeTensors: try SafeTensors.read(bytes: bytes, name: name).floats()
            }
        if !allowNonFinite { try refuseNonFinite(tensors, file: name) }
        return StateDict(tensors: NamePrefix.stripped(tensors), path: name)
    }

    private static func refuseNonFinite(_ tensors: [String: Tensor], file: String) throws(CheckpointError) {
        // By name, so that the same file always gives the same message.
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            guard let index = firstNonFinite(tensor.values) else { continue }
            throw .tensor(file: file, name: name, reason: "element \(index) is \(tensor.values[index])")
        }
    }
}
