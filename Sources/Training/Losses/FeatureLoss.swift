import FloatEngine

/// A loss on feature maps inside the network: the quantized one's against the float one's.
package protocol FeatureLoss {
    /// The nodes that it looks at.
    var nodes: Set<Int> { get }

    /// Adds the gradient for the student's map to `gradient`.
    /// - Parameter teacher: as many values as the student's map has.
    /// - Returns: the loss of this map.
    func evaluate(
        student: TrainingExecutor.Feature, teacher: UnsafePointer<Float>, addingTo gradient: UnsafeMutablePointer<Float>
    ) -> Double
}
