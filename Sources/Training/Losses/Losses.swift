import QuantizedNetworks

/// The terms whose sum a method's steps lower.
package struct Losses {
    /// The loss on bits of images of these steps, and its gradient for the bits of any one layer and image.
    package typealias OfBits = (_ quantized: QuantizedNetwork, _ imageSteps: [Int]) -> (loss: Double, gradient: Double)

    /// The losses on the network's output.
    package var output: [any OutputLoss]
    /// The losses on feature maps inside the network.
    package var features: [any FeatureLoss]
    /// The losses on activation bits, by the group that is trained while they take part.
    package var ofBits: [ParameterGroup: OfBits]

    package init(output: [any OutputLoss], features: [any FeatureLoss] = [], ofBits: [ParameterGroup: OfBits] = [:]) {
        (self.output, self.features, self.ofBits) = (output, features, ofBits)
    }
}
