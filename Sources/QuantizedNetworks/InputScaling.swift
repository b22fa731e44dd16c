import Quantizers

/// The ways in which each channel of a layer's input gets a scale, which it is divided by before it is quantized
/// (docs/method.md, "A scale per input channel").
public enum InputScaling: String, Sendable, CaseIterable {
    /// There are no scales.
    case none
    /// The scale is the largest magnitude of the channel over the calibration images.
    case largestMagnitude = "max"
    /// The scale is that magnitude to the power of the recipe's `scalePower`.
    case powerOfMagnitude = "power"
}

extension Recipe {
    /// Returns the scales of channels with these largest magnitudes; nil where the recipe asks for none.
    package func inputScales(magnitudes: [Float]) -> InputScales? {
        switch inputScales {
        case .none: nil
        case .largestMagnitude: InputScales(magnitudes: magnitudes, power: 1)
        case .powerOfMagnitude: InputScales(magnitudes: magnitudes, power: scalePower)
        }
    }
}
