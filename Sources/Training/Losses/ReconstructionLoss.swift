import FloatEngine
import Tensors

/// Eq. (5)'s second part: the mean absolute difference to the float network's output, on a 0…1 scale.
///
/// On the networks' own 0…255 scale it would drown the sensitivity-aware loss, and SAFT would equal VFT (facts 3.4).
enum ReconstructionLoss {
    /// - Returns: the loss and its gradient for `output`, times `weight`.
    static func evaluate(
        output: TrainingExecutor.Feature, teacher: [Float], weight: Double
    ) -> (loss: Double, gradient: Tensor) {
        let count = output.shape.count
        let slope = Float(weight / (255 * Double(count)))
        var sum = 0.0
        let gradient = [Float](unsafeUninitializedCapacity: count) { gradient, initialized in
            for i in 0..<count {
                let difference = output.values[i] - teacher[i]
                sum += Double(abs(difference))
                gradient[i] = difference > 0 ? slope : difference < 0 ? -slope : 0
            }
            initialized = count
        }
        return (weight * sum / (255 * Double(count)), Tensor(dimensions: output.shape.dimensions, values: gradient))
    }
}
