/// What may become of the student's own weights while the quantizers around them are trained.
public enum StudentWeights: String, Sendable, CaseIterable {
    /// The weights stay as the float network has them: post-training quantization in the narrow sense of the paper.
    case frozen
    /// Every weight stays between the two levels that are next to it at the start; which one it is rounded to is learned.
    case rounding
    /// The weights move freely in float behind their quantizers.
    case free

    /// The group that trains the weights; nil where nothing does.
    var group: ParameterGroup? {
        switch self {
        case .frozen: nil
        case .rounding: .rounding
        case .free: .latent
        }
    }
}
