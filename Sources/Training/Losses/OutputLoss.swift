import FloatEngine

/// A loss on what the student gives, against the teacher's output or ground truth.
package protocol OutputLoss {
    /// Adds the gradient for the student's output to `gradient`, which has as many values as the output.
    /// - Parameter target: has as many values, sample after sample.
    /// - Returns: the loss of the batch.
    func evaluate(
        student: TrainingExecutor.Feature, target: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double
}
