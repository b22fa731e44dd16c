import FloatEngine

/// A loss on feature maps inside the network: the quantized network's against the float one's.
package protocol FeatureLoss {
    /// The nodes that it looks at.
    var nodes: Set<Int> { get }

    /// Returns the loss of one map, and adds its gradient for the student's map to `gradient`.
    /// - Parameters:
    ///   - student: the student's map of one of `nodes`, `[samples, height, width, channels]`.
    ///   - teacher: as many values as the student's map has, in its layout.
    ///   - gradient: as many values as the student's map has.
    func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double
}
