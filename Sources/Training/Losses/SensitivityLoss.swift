import Calibration
import FloatEngine
import QuantizedNetworks
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

    /// Weighs layers by what calibration has seen.
    ///
    /// At the paper's temperature one layer has nearly all the weight (facts 3.3). What stays below 1e-9 cannot move a float.
    init(_ run: RunDescription) {
        let nodes = run.quantized.quantizedNodes
        let weights = Sensitivity.weights(
            deviations: nodes.map { run.quantized.layers[$0]?.deviation ?? 0 }, temperature: Double(run.options.temperature))
        var sensitivities: [Int: Double] = [:]
        for (node, weight) in zip(nodes, weights) where weight > 1e-9 { sensitivities[node] = weight / Double(weights.count) }
        self.init(weights: sensitivities, pool: run.pool)
    }

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
