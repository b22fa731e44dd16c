import Checkpoints
import FloatEngine
import Quantizers

public enum FinetuningError: Error, Sendable, CustomStringConvertible {
    case noImages
    /// An option outside its range, with its name and value in the message.
    case option(String)
    /// The loss or a gradient is not a number.
    case diverged(epoch: Int, step: Int)
    /// A saved state that belongs to another run.
    case state(path: String, reason: String)
    case checkpoint(CheckpointError)
    case engine(FloatEngineError)
    case layer(name: String, QuantizerError)
    case cancelled

    public var description: String {
        switch self {
        case .noImages: "finetuning needs at least one image"
        case .option(let message): message
        case .diverged(let epoch, let step): "finetuning diverged in epoch \(epoch), step \(step): the loss is not a number"
        case .state(let path, let reason): "\(path): \(reason)"
        case .checkpoint(let error): error.description
        case .engine(let error): error.description
        case .layer(let name, let error): "layer \(name): \(error)"
        case .cancelled: "finetuning was cancelled"
        }
    }
}
