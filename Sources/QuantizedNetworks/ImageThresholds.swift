import Glibc
import Quantizers

/// AdaBM's image-wise bit mapping (facts 4.5): a flat image takes a bit less, a busy one a bit more.
///
/// f(c) = -1 for c < `lower`, 1 for c > `upper`, else 0, with c from `ImageMeasure`.
public struct ImageThresholds: Sendable, Equatable {
    /// l_I. Finetuning may move the two past each other; the rule is then still the one above, read from the left.
    public var lower: Float
    /// u_I.
    public var upper: Float

    public init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }

    /// The 10th and the 90th percentile of a batch's measures, between neighbours interpolated as NumPy does.
    package init?(batch measures: [Double]) {
        guard let lower = Percentile.of(measures, 10), let upper = Percentile.of(measures, 90) else { return nil }
        self.init(lower: lower, upper: upper)
    }

    /// The moving average over batches: `momentum` of these, the rest of the new ones.
    package func averaged(with batch: ImageThresholds, momentum: Float) -> ImageThresholds {
        ImageThresholds(
            lower: momentum * lower + (1 - momentum) * batch.lower, upper: momentum * upper + (1 - momentum) * batch.upper)
    }

    /// f: bits to add for an image of this measure; -1, 0 or 1.
    public func step(for measure: Double) -> Int {
        measure < Double(lower) ? -1 : measure > Double(upper) ? 1 : 0
    }

    /// Gradients of f for `lower` and `upper`, which is trained as if it were tanh(t), t = (c - (u + l) / 2) · 2 / (u - l).
    ///
    /// So d tanh = 1 - tanh² times dt/du = 2 (l - c) / (u - l)² and dt/dl = 2 (c - u) / (u - l)². Zero where the thresholds meet.
    package func gradients(for measure: Double) -> (lower: Double, upper: Double) {
        let (l, u) = (Double(lower), Double(upper))
        let width = u - l
        guard width != 0 else { return (0, 0) }
        let soft = tanh((measure - (u + l) / 2) * 2 / width)
        let factor = (1 - soft * soft) * 2 / (width * width)
        return (factor * (measure - u), factor * (l - measure))
    }
}
