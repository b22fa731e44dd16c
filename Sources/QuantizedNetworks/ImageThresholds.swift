import Glibc
import Quantizers

/// AdaBM's image-wise bit mapping: a flat image takes a bit less, a busy one a bit more (docs/baselines.md, "Image and layer
/// measures").
///
/// The image step is f(c) = -1 for c < `lower`, 1 for c > `upper`, else 0, with c from `ImageMeasure`.
///
/// Edge cases: finetuning may move the two thresholds past each other; the rule is then still this one, read from the left.
public struct ImageThresholds: Sendable, Equatable {
    /// The threshold l_I: images with a smaller measure take a bit less.
    public var lower: Float
    /// The threshold u_I: images with a larger measure take a bit more.
    public var upper: Float

    /// Makes thresholds of given values.
    public init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }

    /// Takes the 10th and the 90th percentile of a batch's measures, interpolated between neighbours as NumPy does; nil for no
    /// measures.
    package init?(batch measures: [Double]) {
        guard let lower = Percentile.of(measures, 10), let upper = Percentile.of(measures, 90) else { return nil }
        self.init(lower: lower, upper: upper)
    }

    /// Returns the moving average over batches: `momentum` parts of these thresholds and 1 - `momentum` parts of the batch's.
    package func averaged(with batch: ImageThresholds, momentum: Float) -> ImageThresholds {
        ImageThresholds(
            lower: momentum * lower + (1 - momentum) * batch.lower, upper: momentum * upper + (1 - momentum) * batch.upper)
    }

    /// Returns the image step f for an image of this measure: how many bits to add; -1, 0 or 1.
    public func step(for measure: Double) -> Int {
        measure < Double(lower) ? -1 : measure > Double(upper) ? 1 : 0
    }

    /// Returns the gradients of f for `lower` and `upper`, as if it were tanh(t), t = (c - (u + l) / 2) · 2 / (u - l), since f
    /// itself has no slope.
    ///
    /// So d tanh = 1 - tanh² times dt/du = 2 (l - c) / (u - l)² and dt/dl = 2 (c - u) / (u - l)².
    ///
    /// Edge cases: both gradients are 0 where the thresholds meet.
    package func gradients(for measure: Double) -> (lower: Double, upper: Double) {
        let (l, u) = (Double(lower), Double(upper))
        let width = u - l
        guard width != 0 else { return (0, 0) }
        let soft = tanh((measure - (u + l) / 2) * 2 / width)
        let factor = (1 - soft * soft) * 2 / (width * width)
        return (factor * (measure - u), factor * (l - measure))
    }
}
