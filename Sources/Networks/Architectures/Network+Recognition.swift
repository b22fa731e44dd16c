import Checkpoints
import Tensors

extension Network {
    /// Makes the network that a checkpoint holds.
    /// - Throws: the errors of `recognise`.
    public init(from checkpoint: StateDict, options: LoadOptions = LoadOptions()) throws(NetworkError) {
        self = try Network.recognise(tensors: checkpoint.tensors, file: checkpoint.path, options: options)
    }

    /// Returns the network that the names and shapes of its tensors tell, as in a PyTorch state dict.
    /// - Parameters:
    ///   - tensors: by name, wrappers and `module.` already taken off.
    ///   - file: named in errors.
    ///   - stored: what the file's own metadata says, for options that are not given.
    /// - Throws: `.unrecognised` for no known family; `.unusedTensors` where the file has more than the network; `.tensor` for what
    ///   is missing or has the wrong shape; `.option` for options the network cannot have; `.graph` for operations that do not fit
    ///   each other.
    public static func recognise(
        tensors: [String: Tensor], file: String, options: LoadOptions = LoadOptions(), stored: LoadOptions = LoadOptions()
    ) throws(NetworkError) -> Network {
        try recognise(tensors: tensors, file: file, options: options, stored: stored, among: .standard)
    }

    /// Does the same with certain architectures as `recognise` with the standard ones.
    package static func recognise(
        tensors: [String: Tensor], file: String, options: LoadOptions = LoadOptions(), stored: LoadOptions = LoadOptions(),
        among architectures: Architectures
    ) throws(NetworkError) -> Network {
        for architecture in architectures.all where architecture.recognises(tensors) {
            let options = options.completed(by: stored, for: architecture)
            try options.check(for: architecture)
            var builder = NetworkBuilder(reading: tensors, file: file, options: options)
            try architecture.build(&builder)
            return try builder.network(of: architecture)
        }
        // One layer short of a family: what is missing says more than all that was looked for.
        for architecture in architectures.all {
            let missing = architecture.signature.filter { tensors[$0 + ".weight"] == nil }
            guard missing.count == 1, let layer = missing.first else { continue }
            throw .tensor(
                file: file, name: layer + ".weight",
                problem: "is missing; the file has the other layers of \(architecture.name) (\(architecture.naming))")
        }
        throw .unrecognised(
            file: file,
            lookedFor: architectures.all.map { "\($0.name) (\($0.naming)): \($0.signature.joined(separator: ", "))" },
            found: Array(tensors.keys.sorted().prefix(9)), count: tensors.count)
    }
}
