import FloatEngine
import Quantizers

public enum CalibrationError: Error, Sendable, CustomStringConvertible {
    case noImages
    /// An option outside its range, with its name and value in the message.
    case option(String)
    /// A pattern that matches no quantized layer.
    case noMatch(pattern: String, layers: [String])
    case layer(name: String, QuantizerError)
    /// The network gave something that is not a number on one of the images.
    case notFinite(layer: String)
    case engine(FloatEngineError)
    case cancelled

    public var description: String {
        switch self {
        case .noImages: "calibration needs at least one image"
        case .option(let message): message
        case .noMatch(let pattern, let layers):
            "no quantized layer matches '\(pattern)'; there are \(layers.count), from '\(layers.first ?? "")' to '\(layers.last ?? "")'"
        case .layer(let name, let error): "layer \(name): \(error)"
        case .notFinite(let layer): "layer \(layer): its input holds values that are not finite, or beyond 1e18"
        case .engine(let error): error.description
        case .cancelled: "calibration was cancelled"
        }
    }
}
