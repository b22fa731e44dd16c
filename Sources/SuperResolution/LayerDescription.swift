import Networks
import QuantizedNetworks
import Quantizers

/// One convolution and how it is quantized.
public struct LayerDescription: Sendable, Equatable {
    /// The checkpoint's key without ".weight".
    public var name: String
    public var role: Convolution.Role
    /// Channels.
    public var inputs: Int
    public var outputs: Int
    public var kernel: Int
    /// Weights and biases.
    public var parameters: Int
    /// How many times the layer's output is wider and higher than the network's input.
    public var resolution: Int
    /// Nil where the layer was not calibrated or, in a model, stays in float.
    public var quantization: Quantization?
    /// How a model on integer grids computes it on this machine, as in `IntegerProgram.formats`: "gaussian", "winograd", "wide",
    /// "narrow", "narrow 24", "float". Nil for any other model. Where bits depend on the image, for images between the thresholds.
    public var arithmetic: String?
    /// Why no faster way is exact for the layer, as in `IntegerProgram.formats`. Nil where there is none.
    public var arithmeticReason: String?

    public struct Quantization: Sendable, Equatable {
        /// 32 where that side stays in float.
        public var weightBits: Int
        /// Where they depend on the image: those for images between the thresholds.
        public var activationBits: Int
        /// Of the activations, as in the registry. Nil where they are in float, as the next two.
        public var quantizer: String?
        /// Clipping range of the layer's input.
        public var lower: Float?
        public var upper: Float?
        /// Nil where the quantizer has none.
        public var breakpoint: Float?
        /// u_w: weights are clipped to ±u_w. The largest, if there is one per channel or end. Nil where they are in float.
        public var weightBound: Float?
        /// Mean standard deviation of the layer's output while calibrating; Eq. (4) before the softmax.
        public var deviation: Double
        /// How many numbers the weight ranges take: 1 or 2, for all weights or for each output channel; 0 where they are in float.
        public var weightParameters: Int
        /// AdaBM's m: -1 to 1 rounded are bits that `activationBits` holds already; nil where bits do not depend on the image.
        public var measure: Float?
        /// Why the layer of a snapped model computes in float nevertheless; nil for all others.
        public var floatReason: FloatReason?
    }
}

extension LayerDescription {
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
        measure = layer.isAdaptive ? layer.measure : nil
    }
}

extension Network {
    /// Every convolution in execution order, with its quantization by node index.
    func describedLayers(_ quantization: [Int: LayerQuantization]) -> [LayerDescription] {
        let extents = extents
        return layers.compactMap { index in
            guard case .convolution(let convolution) = nodes[index].operation else { return nil }
            return LayerDescription(nodes[index], convolution, resolution: extents[index].scale, quantization[index])
        }
    }
}
