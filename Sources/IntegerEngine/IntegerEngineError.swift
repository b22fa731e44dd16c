public import FloatEngine

/// Why a network does not run in integers, or not on this image.
public enum IntegerEngineError: Error, Sendable, CustomStringConvertible {
    /// A layer in integers whose levels are on no integer grid, or whose numbers do not fit it.
    case inFloat(layer: String)
    /// Sums that 32 bits might not hold.
    case overflow(layer: String, largestSum: Double)
    /// A layer that was to be computed in a format that is not exact for it.
    case inexact(layer: String, reason: String)
    /// An operation that rows cannot flow through.
    case unsupported(node: String)
    case memory(bytes: Int)
    /// A convolution in float.
    case engine(FloatEngineError)
    case input(String)
    /// The caller's progress function said so.
    case cancelled

    public var description: String {
        switch self {
        case .inFloat(let layer): "layer \(layer) is not on an integer grid"
        case .overflow(let layer, let sum): "layer \(layer): its sums can reach \(sum), more than 32 bits hold"
        case .inexact(let layer, let reason): "layer \(layer): \(reason)"
        case .unsupported(let node): "\(node): the integer engine has no such operation"
        case .memory(let bytes): "no memory for \(bytes) bytes"
        case .engine(let error): error.description
        case .input(let message): message
        case .cancelled: "the run was cancelled"
        }
    }
}
