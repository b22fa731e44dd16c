import QuantizedNetworks

/// The terms whose sum a method's steps lower.
package struct Losses {
    /// A loss on the bits of images with these steps: returns it, and its gradient for the bits of any one layer and image.
    package typealias OfBits = (_ quantized: QuantizedNetwork, _ imageSteps: [Int]) -> (loss: Double, gradient: Double)

    /// The losses on the network's output.
    package var output: [any OutputLoss]
    /// The losses on feature maps inside the network.
    package var features: [any FeatureLoss]
    /// The losses on activation bits, by the group that is trained while they take part.
    package var ofBits: [ParameterGroup: OfBits]

    /// Makes the sum of these terms.
    package init(output: [any OutputLoss], features: [any FeatureLoss] = [], ofBits: [ParameterGroup: OfBits] = [:]) {
        (self.output, self.features, self.ofBits) = (output, features, ofBits)
    }
}
