import FloatEngine
import QuantizedNetworks

/// Why calibration, or a look at what enters the layers, came to no result.
public enum CalibrationError: Error, Sendable, CustomStringConvertible {
    case noImages
    /// The recipe, a pattern or a layer's quantizer is at fault.
    case quantization(QuantizedNetworkError)
    /// The network gave something that is not a number on one of the images.
    case notFinite(layer: String)
    case engine(FloatEngineError)
    case cancelled

    public var description: String {
        switch self {
        case .noImages: "calibration needs at least one image"
        case .quantization(let error): error.description
        case .notFinite(let layer): "layer \(layer): its input holds values that are not finite, or beyond 1e18"
        case .engine(let error): error.description
        case .cancelled: "calibration was cancelled"
        }
    }
}
