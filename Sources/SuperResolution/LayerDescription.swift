import Networks
import QuantizedNetworks
import Quantizers

/// One convolution and how it is quantized, as users are told about it.
public struct LayerDescription: Sendable, Equatable {
    /// The layer's name: the key of its weights in the checkpoint, without ".weight".
    public var name: String
    /// The layer's place in the network, by which protocols choose: edge, body or end of the body.
    public var role: Convolution.Role
    /// How many channels the layer's input has.
    public var inputs: Int
    /// How many channels the layer's output has.
    public var outputs: Int
    /// The side of the square kernel.
    public var kernel: Int
    /// How many weights and biases the layer has.
    public var parameters: Int
    /// How many times the layer's output is wider and higher than the network's input.
    public var resolution: Int
    /// The layer's quantizers; nil where it was not calibrated or, in a model, stays in float.
    public var quantization: Quantization?
    /// How a snapped model computes the layer on this machine, as in `IntegerProgram.formats`: "gaussian", "winograd", "wide",
    /// "narrow", "narrow 24", "float". Nil for any other model. Where bits depend on the image, the name holds for images
    /// between the thresholds.
    public var arithmetic: String?
    /// The reason why no faster way is exact for the layer, as in `IntegerProgram.formats`; nil where there is none.
    public var arithmeticReason: String?

    /// The quantizers of one layer, of its weights and of its input.
    public struct Quantization: Sendable, Equatable {
        /// The bits of the weights: 2...8, or 32 where they stay in float.
        public var weightBits: Int
        /// The bits of the activations: 2...8, or 32 where they stay in float. Where they depend on the image, these are the
        /// bits for images between the thresholds.
        public var activationBits: Int
        /// The name of the activations' quantizer in the registry; nil where they stay in float.
        public var quantizer: String?
        /// The lower end of the clipping range, on the scale of the layer's input; nil where activations stay in float.
        public var lower: Float?
        /// The upper end of the clipping range, on the scale of the layer's input; nil where activations stay in float.
        public var upper: Float?
        /// The breakpoint, on the scale of the layer's input; nil where the quantizer has none.
        public var breakpoint: Float?
        /// The bound u_w: weights are clipped to ±u_w (docs/method.md, "Weights"). Where there is one per channel, or one per
        /// end of an asymmetric range, this is the largest. Nil where weights stay in float.
        public var weightBound: Float?
        /// The mean standard deviation of the layer's output while calibrating: Eq. (4) before the softmax (docs/method.md,
        /// "Sensitivity").
        public var deviation: Double
        /// How many numbers the weight ranges take: 1 or 2, once for all weights or once for each output channel; 0 where
        /// weights stay in float.
        public var weightParameters: Int
        /// How many channels of the layer's input have a scale: all, or 0 where there are none (docs/method.md, "A scale per input
        /// channel"). Ranges and breakpoint are then on the scale of the divided input, and the weights' bound on that of the
        /// multiplied weights.
        public var inputScales: Int
        /// The smallest of these scales, the largest being 1; nil where there are none.
        public var smallestInputScale: Float?
        /// The layer's measure m of AdaBM, -1...1 (docs/baselines.md, "Image and layer measures"); `activationBits` includes
        /// what it rounds to. Nil where bits do not depend on the image.
        public var measure: Float?
        /// Why the layer of a snapped model computes in float nevertheless; nil for all others.
        public var floatReason: FloatReason?
    }
}

extension LayerDescription {
    /// Describes a convolution of the graph and, if there is one, its quantization.
    init(_ node: Node, _ convolution: Convolution, resolution: Int, _ layer: LayerQuantization?) {
        self.resolution = resolution
        parameters = convolution.weight.values.count + (convolution.bias?.count ?? 0)
        (name, role) = (node.name, convolution.role)
        (inputs, outputs, kernel) = (convolution.inputs, convolution.outputs, convolution.kernel)
        quantization = layer.map(Quantization.init)
    }
}

extension LayerDescription.Quantization {
    fileprivate init(_ layer: LayerQuantization) {
        func parameter(_ name: String) -> Float? {
            guard let activation = layer.activation else { return nil }
            return type(of: activation).parameterNames.firstIndex(of: name).map { activation.parameters[$0] }
        }
        (weightBits, activationBits) = (layer.weightBits, layer.activationBits(imageStep: 0))
        quantizer = layer.activation?.name
        let levels = layer.activation?.levels
        (lower, upper) = (parameter("lower") ?? levels?.first, parameter("upper") ?? levels?.last)
        breakpoint = parameter("breakpoint")
        weightBound = layer.weight?.bound
        deviation = layer.deviation
        weightParameters = layer.weight?.parameters.count ?? 0
        inputScales = layer.inputScales?.channels ?? 0
        smallestInputScale = layer.inputScales?.scales.min()
        measure = layer.isAdaptive ? layer.measure : nil
    }
}

extension Network {
    /// Returns the descriptions of all convolutions in execution order.
    ///
    /// - Parameter quantization: The quantizations of layers by their index in `nodes`.
    func describedLayers(_ quantization: [Int: LayerQuantization]) -> [LayerDescription] {
        let extents = extents
        return layers.compactMap { index in
            guard case .convolution(let convolution) = nodes[index].operation else { return nil }
            return LayerDescription(nodes[index], convolution, resolution: extents[index].scale, quantization[index])
        }
    }
}
