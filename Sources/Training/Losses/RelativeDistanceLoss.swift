import FloatEngine
import Networks
import Tensors

/// The distance of the student's feature maps F' to the teacher's F in units of the latter: for N maps and S samples
///
///     weight / (N · S) · Σ over maps and samples of ‖F' - F‖ / ‖F‖
///
/// Norms run over a sample's values; ‖F‖ is at least 1e-12 and has no gradient, since the teacher does not move.
package struct RelativeDistanceLoss: FeatureLoss {
    package let nodes: Set<Int>
    private let weight: Double
    private let pool: ThreadPool

    /// Makes the loss of these maps.
    package init(nodes: Set<Int>, weight: Double = 1, pool: ThreadPool) {
        (self.nodes, self.weight, self.pool) = (nodes, weight, pool)
    }

    /// Makes the loss of all residual blocks.
    init(_ run: RunDescription) { self.init(nodes: Set(run.quantized.network.residualBlocks), pool: run.pool) }

    package func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let samples = student.shape.samples
        let count = student.shape.countPerSample
        let factor = weight / Double(nodes.count * samples)
        var loss = 0.0
        for sample in 0..<samples {
            let (a, b) = (teacher + sample * count, student.values + sample * count)
            let sums = FeatureSums(teacher: a, student: b, count: count, pool: pool)
            let norm = max(sums.teacher.squareRoot(), 1e-12)
            // Rounding can make the difference of sums negative where both maps are the same.
            let distance = max(sums.teacher + sums.student - 2 * sums.product, 0).squareRoot()
            loss += factor * distance / norm
            guard distance > 1e-12 * norm else { continue }
            let slope = Float(factor / (norm * distance))
            let target = gradient + sample * count
            FeatureSums.forEachStretch(count, pool) { range in for i in range { target[i] += slope * (b[i] - a[i]) } }
        }
        return loss
    }
}
