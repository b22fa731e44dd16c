import QuantizedNetworks

/// AdaBM's price of bits (docs/baselines.md, "Finetuning"): 50 · max(mean bits - b, 0), over the images of a batch and the layers
/// below 8 bits.
package enum BitLoss {
    /// The factor 50 of the released code.
    package static let weight = 50.0

    /// Returns the loss, and its gradient for the bits of any one layer and image. At equality half of it is passed, as by
    /// PyTorch's `max`.
    ///
    /// Edge cases: without images or layers below 8 bits both are 0.
    /// - Parameter imageSteps: f of each image of the batch.
    package static func evaluate(_ quantized: QuantizedNetwork, imageSteps: [Int]) -> (loss: Double, gradient: Double) {
        let layers = quantized.quantizedNodes.compactMap { quantized.layers[$0] }.filter(\.hasLowBits)
        guard !layers.isEmpty, !imageSteps.isEmpty else { return (0, 0) }
        let count = Double(layers.count * imageSteps.count)
        // Whole numbers, so that equality is exact.
        let excess = imageSteps.reduce(0) { sum, step in
            layers.reduce(sum) { $0 + $1.activationBits(imageStep: step) - $1.activationBits }
        }
        let slope = weight / count
        return (slope * Double(max(excess, 0)), excess > 0 ? slope : excess == 0 ? slope / 2 : 0)
    }
}
