import FloatEngine
import Networks
import Tensors

/// AdaBM's loss on the outputs F of the B residual blocks (docs/baselines.md, "Finetuning"), for a batch of S samples:
///
///     10 · Σ over blocks and samples of ‖F/‖F‖ - F'/‖F'‖‖₂ / (S · B · S)
///
/// Unlike in Eq. (6) the norms that divide run over the whole batch; the second S is there because the released code counts
/// samples among its blocks. For RDN that code also divides by the map's size, which switches the loss off; this one does not.
package struct BlockLoss: FeatureLoss {
    /// The factor 10 of the released code.
    package static let weight = 10.0

    /// The additions that close the blocks.
    package let nodes: Set<Int>
    private let pool: ThreadPool

    /// Makes the loss of the blocks that these nodes close.
    package init(nodes: Set<Int>, pool: ThreadPool) { (self.nodes, self.pool) = (nodes, pool) }

    /// Makes the loss of all residual blocks.
    init(_ run: RunDescription) { self.init(nodes: Set(run.quantized.network.residualBlocks), pool: run.pool) }

    package func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let samples = student.shape.samples
        let count = student.shape.countPerSample
        let sums = (0..<samples).map { sample in
            FeatureSums(
                teacher: teacher + sample * count, student: student.values + sample * count, count: count, pool: pool)
        }
        let total = sums.reduce(into: FeatureSums()) { $0 += $1 }
        let tiny = 1e-12
        let teacherNorm = max(total.teacher.squareRoot(), tiny)
        let studentNorm = max(total.student.squareRoot(), tiny)
        // These are ‖a - b‖ and ⟨a - b, -b⟩ / ‖a - b‖ of one sample each, with a = F/‖F‖ and b = F'/‖F'‖.
        var distances: [Double] = []
        var alongStudent = 0.0
        for sample in sums {
            let (a, b) = (sample.teacher / (teacherNorm * teacherNorm), sample.student / (studentNorm * studentNorm))
            let product = sample.product / (teacherNorm * studentNorm)
            let distance = max(a + b - 2 * product, 0).squareRoot()
            distances.append(distance)
            if distance > tiny { alongStudent += (b - product) / distance }
        }
        let factor = Self.weight / Double(samples * samples * nodes.count)
        for sample in 0..<samples {
            // dΣ‖a - b‖/dF' = ((b - a) / ‖a - b‖ - b · alongStudent) / ‖F'‖, the last term from the norm that all samples share.
            let inverse = distances[sample] > tiny ? 1 / distances[sample] : 0
            let ofStudent = Float(factor * (inverse - alongStudent) / (studentNorm * studentNorm))
            let ofTeacher = Float(-factor * inverse / (teacherNorm * studentNorm))
            let (a, b) = (teacher + sample * count, student.values + sample * count)
            let target = gradient + sample * count
            FeatureSums.forEachStretch(count, pool) { range in
                for i in range { target[i] += ofStudent * b[i] + ofTeacher * a[i] }
            }
        }
        return factor * distances.reduce(0, +)
    }
}
