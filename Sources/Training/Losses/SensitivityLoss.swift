import Calibration
import FloatEngine
import QuantizedNetworks
import Tensors

/// The sensitivity-aware loss of Eq. (6): the distance of each layer's output to the float network's, both normalised, weighted
/// by sensitivity.
///
/// For one layer of weight s among K layers it is s / K · mean over samples of ‖F/‖F‖ - F'/‖F'‖‖₂, with s_k read inside the sum
/// (docs/method.md, "Losses"). Norms run over all of a sample's values and are at least 1e-12.
struct SensitivityLoss: FeatureLoss {
    /// The factors s_k / K by node, for the layers that count.
    private let weights: [Int: Double]
    private let pool: ThreadPool

    /// Makes the loss with these factors by node.
    init(weights: [Int: Double], pool: ThreadPool) { (self.weights, self.pool) = (weights, pool) }

    /// Makes the loss whose layers are weighted by what calibration has seen.
    ///
    /// At the paper's temperature one layer has nearly all the weight (docs/method.md, "Sensitivity"). A layer of weight 1e-9 or
    /// less is left out, since it cannot move a float.
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
            // This is ‖a - b‖ of two unit vectors; in double precision, since ‖a - b‖² is a small difference of numbers near 2.
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
