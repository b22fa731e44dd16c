import FloatEngine
import QuantizedNetworks

/// The reasons why calibration, or a look at what enters the layers, came to no result.
public enum CalibrationError: Error, Sendable, CustomStringConvertible {
    /// There is no image to calibrate with.
    case noImages
    /// The recipe, a pattern or a layer's quantizer is at fault; the error says which.
    case quantization(QuantizedNetworkError)
    /// The input of a layer held values on one of the images that are not finite, or beyond 1e18.
    case notFinite(layer: String)
    /// The output of a layer held values on one of the images that are not finite, so that it has no standard deviation.
    case outputNotFinite(layer: String)
    /// The float engine could not run the network.
    case engine(FloatEngineError)
    /// The caller's progress function returned false.
    case cancelled

    /// The error as a message shows it.
    public var description: String {
        switch self {
        case .noImages: "calibration needs at least one image"
        case .quantization(let error): error.description
        case .notFinite(let layer): "layer \(layer): its input holds values that are not finite, or beyond 1e18"
        case .outputNotFinite(let layer): "layer \(layer): its output holds values that are not finite"
        case .engine(let error): error.description
        case .cancelled: "calibration was cancelled"
        }
    }
}
