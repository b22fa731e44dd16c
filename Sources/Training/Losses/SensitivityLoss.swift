import FloatEngine
import Tensors

/// Eq. (6): the distance of each layer's output to the float network's, both normalised, weighted by sensitivity.
///
/// For one layer of weight s among K layers: s / K · mean over samples of ‖F/‖F‖ - F'/‖F'‖‖₂ (facts 3.4: s_k stands inside the
/// sum). Norms run over all of a sample's values.
struct SensitivityLoss: FeatureLoss {
    /// s_k / K by node, of the layers that count.
    private let weights: [Int: Double]
    private let pool: ThreadPool

    init(weights: [Int: Double], pool: ThreadPool) { (self.weights, self.pool) = (weights, pool) }

    var nodes: Set<Int> { Set(weights.keys) }

    func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        guard let weight = weights[student.node] else { return 0 }
        let samples = student.shape.samples
        let count = student.shape.countPerSample
        var loss = 0.0
        for sample in 0..<samples {
            let a = teacher + sample * count
            let b = student.values + sample * count
            let sums = FeatureSums(teacher: a, student: b, count: count, pool: pool)
            let tiny = 1e-12
            let teacherNorm = max(sums.teacher.squareRoot(), tiny)
            let studentNorm = max(sums.student.squareRoot(), tiny)
            let cosine = sums.product / (teacherNorm * studentNorm)
            // ‖a - b‖² of two unit vectors; in double precision, since both are near 1.
            let distance = max(2 - 2 * cosine, 0).squareRoot()
            loss += weight * distance / Double(samples)
            guard distance > tiny else { continue }
            // d‖a - b‖/dF' = (cos · b - a) / (‖a - b‖ · ‖F'‖), with a = F/‖F‖ and b = F'/‖F'‖.
            let factor = weight / (Double(samples) * distance * studentNorm)
            let ofStudent = Float(factor * cosine / studentNorm)
            let ofTeacher = Float(-factor / teacherNorm)
            let target = gradient + sample * count
            FeatureSums.forEachStretch(count, pool) { range in
                for i in range { target[i] += ofStudent * b[i] + ofTeacher * a[i] }
            }
        }
        return loss
    }
}
