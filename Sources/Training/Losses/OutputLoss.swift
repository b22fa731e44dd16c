import FloatEngine

/// A loss on the student's output, against the teacher's output or ground truth.
package protocol OutputLoss {
    /// Returns the loss of the batch, and adds its gradient for the student's output to `gradient`.
    /// - Parameters:
    ///   - student: the student's output, `[samples, height, width, 3]` in 0…255.
    ///   - target: as many values as the output has, sample after sample.
    ///   - gradient: as many values as the output has.
    func evaluate(
        student: TrainingExecutor.Feature, target: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double
}
