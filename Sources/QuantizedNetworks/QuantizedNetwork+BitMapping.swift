import Quantizers
import Tensors

/// AdaBM's bit mapping at run time: a layer's input is quantized to its own bits b + f(image) + g(layer), where f is the image
/// step and g that of `LayerMeasure` (docs/baselines.md, "Image and layer measures").
extension QuantizedNetwork {
    /// The image steps there are with bit mapping; a layer's variants are in this order.
    static let imageSteps = -1...1

    /// The image steps that images can have in this network: 0 alone where bits do not depend on the image.
    public var imageSteps: ClosedRange<Int> { imageThresholds == nil ? 0...0 : Self.imageSteps }

    /// Whether activation bits depend on the image, or were mapped to layers when the network was calibrated.
    public var mapsBits: Bool { recipe.mapsBits || imageThresholds != nil || layers.values.contains(where: \.isAdaptive) }

    /// Returns the image step of an image, `[1, height, width, 3]` in 0…255; 0 where bits do not depend on the image.
    public func imageStep(of image: Tensor) -> Int { imageThresholds?.step(for: ImageMeasure.measure(image)) ?? 0 }

    /// Returns the positions of the variants that the engine must use for images of these steps, one for each image; none where
    /// bits do not depend on the image.
    public func variants(imageSteps: [Int]) -> [Int] {
        imageThresholds == nil ? [] : imageSteps.map { $0 - Self.imageSteps.lowerBound }
    }

    /// Returns AdaBM's "feature average bits" for images of one step: the mean of the activation bits of all convolutions that are
    /// quantized below 8 bits.
    ///
    /// Edge cases: where no convolution is quantized below 8 bits the mean runs over all quantized ones, and where none is
    /// quantized it is `LayerQuantization.floatBits`.
    public func averageActivationBits(imageStep: Int) -> Double {
        let all = quantizedNodes.compactMap { layers[$0] }
        let low = all.filter(\.hasLowBits)
        let counted = low.isEmpty ? all : low
        guard !counted.isEmpty else { return Double(LayerQuantization.floatBits) }
        return counted.reduce(0.0) { $0 + Double($1.activationBits(imageStep: imageStep)) } / Double(counted.count)
    }
}

extension LayerQuantization {
    /// Whether the activation bits are below the 8 bits of the edges, which are neither adapted nor counted.
    package var hasLowBits: Bool { activationBits < 8 }

    /// Whether the activation bits depend on the image.
    public var isAdaptive: Bool { measure != nil && hasLowBits }

    /// Returns the layer's activation bits for images of one step: b + f + g within what the quantizer supports, and b where the
    /// layer is not adaptive.
    public func activationBits(imageStep: Int) -> Int {
        guard isAdaptive, let activation else { return activationBits }
        let supported = type(of: activation).supportedBits
        return min(max(unlimitedBits(imageStep: imageStep), supported.lowerBound), supported.upperBound)
    }

    /// Whether b + f + g is within what the quantizer supports, so that a change of f or g changes the layer's bits. Gradients of
    /// bits count there alone.
    package func followsItsBits(imageStep: Int) -> Bool {
        isAdaptive && activationBits(imageStep: imageStep) == unlimitedBits(imageStep: imageStep)
    }

    /// Returns b + f + g.
    private func unlimitedBits(imageStep: Int) -> Int {
        activationBits + imageStep + (measure.map(LayerMeasure.step) ?? 0)
    }

    /// The quantizers of an adaptive layer's variants, one for each of `QuantizedNetwork.imageSteps`; none where the layer is not
    /// adaptive.
    package var variants: [any ActivationQuantizer] {
        guard isAdaptive else { return [] }
        return QuantizedNetwork.imageSteps.compactMap { activation(imageStep: $0) }
    }

    /// Returns the quantizer of the layer's input for images of one step; nil where the input stays in float.
    package func activation(imageStep: Int) -> (any ActivationQuantizer)? {
        // A quantizer never refuses bits that its type supports.
        activation.map { (try? $0.withBits(activationBits(imageStep: imageStep))) ?? $0 }
    }
}
