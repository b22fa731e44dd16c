/// The reason why a network could not be run in float.
public enum FloatEngineError: Error, Sendable, CustomStringConvertible {
    /// The memory that a feature map or scratch space of this node needs is not there.
    case memory(node: String, bytes: Int)
    /// The input does not fit the network.
    case input(String)
    /// A layer in whole numbers whose sums single precision cannot hold.
    case inexact(node: String, largestSum: Double)
    /// oneDNN refused a shape or failed.
    case library(node: String, message: String)
    /// This machine has no instructions for a precision.
    case precision(String)
    /// The caller's progress function said so.
    case cancelled

    public var description: String {
        switch self {
        case .memory(let node, let bytes): "\(node): no memory for \(bytes) bytes"
        case .input(let message): message
        case .inexact(let node, let largestSum):
            "\(node): sums of whole numbers may reach \(largestSum), but only those below 2^24 are exact in single precision"
        case .library(let node, let message): "\(node): \(message)"
        case .precision(let name): "precision: '\(name)' needs AVX512_BF16, which this processor does not have"
        case .cancelled: "the run was cancelled"
        }
    }
}
