import Quantizers
import Tensors

/// AdaBM's bit mapping at run time: a layer's input takes its own bits + f(image) + g(layer) of them.
extension QuantizedNetwork {
    /// Every f there is; a layer's variants are in this order.
    static let imageSteps = -1...1

    /// The steps that images can have in this network.
    public var imageSteps: ClosedRange<Int> { imageThresholds == nil ? 0...0 : Self.imageSteps }

    /// Whether activation bits depend on the image or were mapped to layers.
    public var mapsBits: Bool { recipe.mapsBits || imageThresholds != nil || layers.values.contains(where: \.isAdaptive) }

    /// f of an image, `[1, height, width, 3]` in 0…255; 0 where bits do not depend on the image.
    public func imageStep(of image: Tensor) -> Int { imageThresholds?.step(for: ImageMeasure.measure(image)) ?? 0 }

    /// What to ask the engine for, for images of these steps.
    public func variants(imageSteps: [Int]) -> [Int] {
        imageThresholds == nil ? [] : imageSteps.map { $0 - Self.imageSteps.lowerBound }
    }

    /// AdaBM's feature average bits of one image: the mean of the activation bits of all convolutions that are quantized below
    /// 8 bits, of all quantized ones if there is none.
    public func averageActivationBits(imageStep: Int) -> Double {
        let all = quantizedNodes.compactMap { layers[$0] }
        let low = all.filter(\.hasLowBits)
        let counted = low.isEmpty ? all : low
        guard !counted.isEmpty else { return Double(LayerQuantization.floatBits) }
        return counted.reduce(0.0) { $0 + Double($1.activationBits(imageStep: imageStep)) } / Double(counted.count)
    }
}

extension LayerQuantization {
    /// Below the 8 bits of the edges, which are neither adapted nor counted.
    package var hasLowBits: Bool { activationBits < 8 }

    /// Whether the activation bits depend on the image.
    public var isAdaptive: Bool { measure != nil && hasLowBits }

    /// b + f + g within what the quantizer supports; b where the layer is not adaptive.
    public func activationBits(imageStep: Int) -> Int {
        guard isAdaptive, let activation else { return activationBits }
        let supported = type(of: activation).supportedBits
        return min(max(unlimitedBits(imageStep: imageStep), supported.lowerBound), supported.upperBound)
    }

    /// Whether b + f + g is what the layer has, so that moving it moves the layer's bits.
    package func followsItsBits(imageStep: Int) -> Bool {
        isAdaptive && activationBits(imageStep: imageStep) == unlimitedBits(imageStep: imageStep)
    }

    private func unlimitedBits(imageStep: Int) -> Int {
        activationBits + imageStep + (measure.map(LayerMeasure.step) ?? 0)
    }

    /// One quantizer for each of `QuantizedNetwork.imageSteps`; none where the layer is not adaptive.
    package var variants: [any ActivationQuantizer] {
        guard isAdaptive else { return [] }
        return QuantizedNetwork.imageSteps.compactMap { activation(imageStep: $0) }
    }

    /// The quantizer for images of this step.
    package func activation(imageStep: Int) -> (any ActivationQuantizer)? {
        // Bits that its type supports are never refused.
        activation.map { (try? $0.withBits(activationBits(imageStep: imageStep))) ?? $0 }
    }
}
