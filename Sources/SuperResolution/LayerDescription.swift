import Calibration
import Networks
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
    /// Nil where the layer stays in float.
    public var quantization: Quantization?

    public struct Quantization: Sendable, Equatable {
        public var weightBits: Int
        public var activationBits: Int
        /// Of the activations, as in the registry.
        public var quantizer: String
        /// Clipping range of the layer's input.
        public var lower: Float
        public var upper: Float
        /// Nil where the quantizer has none.
        public var breakpoint: Float?
        /// u_w: weights are clipped to ±u_w; the largest, if there is one per channel.
        public var weightBound: Float
        /// Mean standard deviation of the layer's output while calibrating; Eq. (4) before the softmax.
        public var deviation: Double
    }
}

extension LayerDescription {
    init(_ node: Node, _ convolution: Convolution, _ layer: LayerQuantization?) {
        (name, role) = (node.name, convolution.role)
        (inputs, outputs, kernel) = (convolution.inputs, convolution.outputs, convolution.kernel)
        quantization = layer.map(Quantization.init)
    }
}

extension LayerDescription.Quantization {
    fileprivate init(_ layer: LayerQuantization) {
        let names = type(of: layer.activation).parameterNames
        let values = layer.activation.parameters
        func parameter(_ name: String) -> Float? { names.firstIndex(of: name).map { values[$0] } }
        (weightBits, activationBits) = (layer.weight.bits, layer.activation.bits)
        quantizer = layer.activation.name
        (lower, upper) = (parameter("lower") ?? .nan, parameter("upper") ?? .nan)
        breakpoint = parameter("breakpoint")
        weightBound = layer.weight.uppers.max() ?? .nan
        deviation = layer.deviation
    }
}

extension Network {
    /// Every convolution in execution order, with its quantization by node index.
    func describedLayers(_ quantization: [Int: LayerQuantization]) -> [LayerDescription] {
        layers.compactMap { index in
            guard case .convolution(let convolution) = nodes[index].operation else { return nil }
            return LayerDescription(nodes[index], convolution, quantization[index])
        }
    }
}
