public import FloatEngine

/// The reasons why a network does not run in integers, or not on a particular image.
public enum IntegerEngineError: Error, Sendable, CustomStringConvertible {
    /// A layer was given as one in integers, but its input's levels lie on no integer grid, or its codes and scales do not fit
    /// its shape.
    case inFloat(layer: String)
    /// The sums of a layer may reach a magnitude that 32 bits do not hold.
    case overflow(layer: String, largestSum: Double)
    /// A layer was to be computed in a format that is not exact for it.
    case inexact(layer: String, reason: String)
    /// A node of the network has an operation that cannot be computed row by row.
    case unsupported(node: String)
    /// The system has no memory of this size.
    case memory(bytes: Int)
    /// A convolution in float failed.
    case engine(FloatEngineError)
    /// The image cannot be run; the text says why.
    case input(String)
    /// The caller's progress function asked to stop.
    case cancelled

    /// The error in words.
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
