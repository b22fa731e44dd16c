/// The ways in which the channels between the two convolutions of a residual block get other sizes before anything is quantized
/// (docs/method.md, "Cross-layer equalisation").
public enum Equalisation: String, Sendable, CaseIterable {
    /// Channels keep their sizes.
    case none
    /// The largest weight that makes a channel becomes as large as the largest that reads it.
    case weights
    /// The largest magnitude of every channel over the calibration images becomes the same.
    case activations
}
