import Checkpoints
import FloatEngine
import Quantizers

/// Why finetuning could not be begun, or ended before its last step.
public enum FinetuningError: Error, Sendable, CustomStringConvertible {
    /// There is no image to train with.
    case noImages
    /// An option is outside its range; the message has its name and value.
    case option(String)
    /// The loss or a gradient is not finite in this step; epochs and steps count from 1.
    case diverged(epoch: Int, step: Int)
    /// A saved state belongs to another run, or is damaged.
    case state(path: String, reason: String)
    /// The file of the state could not be read or written.
    case checkpoint(CheckpointError)
    /// The float engine could not run the student or the teacher.
    case engine(FloatEngineError)
    /// A quantizer cannot be fitted to what this layer reads.
    case layer(name: String, QuantizerError)
    /// The progress function asked for an end.
    case cancelled

    /// The message for people.
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
