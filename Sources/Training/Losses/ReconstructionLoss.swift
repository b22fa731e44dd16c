import FloatEngine
import Tensors

/// The reconstruction loss of Eq. (5): the mean absolute difference to the target, on a 0…1 scale, times a weight.
///
/// On the networks' own 0…255 scale it would drown the sensitivity-aware loss, and SAFT would equal VFT (docs/method.md,
/// "Losses").
package struct ReconstructionLoss: OutputLoss {
    private let weight: Double
    private let pool: ThreadPool

    /// Makes the loss with this factor of the mean absolute difference on 0…1.
    package init(weight: Double, pool: ThreadPool) { (self.weight, self.pool) = (weight, pool) }

    /// Makes the loss of weight λ, or 0 where it takes no part.
    init(_ run: RunDescription) {
        self.init(weight: run.options.reconstruction ? Double(run.options.lambda) : 0, pool: run.pool)
    }

    package func evaluate(
        student: TrainingExecutor.Feature, target: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double {
        let count = student.shape.count
        let slope = Float(weight / (255 * Double(count)))
        let values = student.values
        let sum = FeatureSums.total(count, pool) { range in
            var sum = 0.0
            for i in range {
                let difference = values[i] - target[i]
                sum += Double(abs(difference))
                gradient[i] += difference > 0 ? slope : difference < 0 ? -slope : 0
            }
            return sum
        }
        return weight * sum / (255 * Double(count))
    }
}
