import Tensors

/// A super-resolution network as a list of operations, each of which reads the results of earlier ones.
///
/// It is a value and may be shared between threads. Feature maps are channels last; colours are 0…255 at both ends, whatever the
/// network uses inside.
public struct Network: Sendable {
    /// The family, as recognised from the tensor names: "EDSR", "SRResNet", "RDN", "MSRResNet".
    public var architecture: String
    /// How many times the output is wider and higher than the input.
    public var scale: Int
    /// The operations in execution order: an operation's inputs come before it. The first is the input, the last gives the output.
    public var nodes: [Node]

    /// Makes a graph. Whether it can be run is for `validate` to say.
    public init(architecture: String, scale: Int, nodes: [Node]) {
        (self.architecture, self.scale, self.nodes) = (architecture, scale, nodes)
    }

    /// The indices into `nodes` of every convolution, in execution order: what users call the layers.
    public var layers: [Int] {
        nodes.indices.filter { if case .convolution = nodes[$0].operation { true } else { false } }
    }
}

/// An operation of a network and where its inputs come from.
public struct Node: Sendable {
    /// The name, unique in the network. A convolution's name is its key in the checkpoint without ".weight", as in `body.4.conv1`;
    /// others describe themselves.
    public var name: String
    /// The operation that the node does.
    public var operation: Operation
    /// The indices of the earlier nodes that are read, in the order of the operation's operands.
    public var inputs: [Int]

    /// Makes a node.
    public init(name: String, operation: Operation, inputs: [Int]) {
        (self.name, self.operation, self.inputs) = (name, operation, inputs)
    }
}

/// The kinds of operations that a node of a network can do. Maps are `[height, width, channels]` for each sample.
public enum Operation: Sendable {
    /// The network's input, colours in 0…255.
    case input(channels: Int)
    /// A convolution with a bias or without.
    case convolution(Convolution)
    /// A factor and a shift per channel, `y = x · scale[c] + shift[c]`: batch normalisation in evaluation mode, or the shift by the
    /// mean colour.
    case affine(scale: [Float], shift: [Float])
    /// The larger of x and 0.
    case relu
    /// The number itself where it is not negative, else `slope` times it.
    case leakyRelu(slope: Float)
    /// The number itself where it is not negative, else a learned slope times it: one slope for all channels, or one per channel.
    case prelu(slopes: [Float])
    /// The sum of two maps of one size.
    case add
    /// The product with a number.
    case multiply(Float)
    /// The channels of several maps of one height and width behind each other, in the order of the inputs.
    case concatenate
    /// A pixel shuffle by the factor r: input channel `c·r² + i·r + j` goes to output channel `c` at `(y·r + i, x·r + j)`.
    case pixelShuffle(Int)
    /// A bilinear enlargement by a whole factor with half-pixel centres (`align_corners = False`).
    case resizeBilinear(Int)
    /// The hyperbolic tangent of every number.
    case tanh
}

/// A convolution with stride 1 and zero padding of half its kernel, so that the map keeps its size.
public struct Convolution: Sendable {
    /// A layer's place in its network; the quantization protocols are rules about roles (docs/protocols.md, "What is quantized").
    public enum Role: String, Sendable {
        /// The first convolution, the upsampler or the last one: at 8 bits in the full protocol, in float in the body protocol.
        case edge
        /// A convolution of the body, quantized in both protocols.
        case body
        /// The convolution after the residual blocks of EDSR and SRResNet, quantized in the full protocol only.
        case bodyEnd
    }

    /// The layer's place in the network.
    public var role: Role
    /// The weights, `[outputs, inputs, kernel, kernel]`, with an odd kernel.
    public var weight: Tensor
    /// The bias, one number per output; nil: none is added.
    public var bias: [Float]?

    /// Makes a convolution. Whether the shapes are right is for `Network.validate` to say.
    public init(role: Role, weight: Tensor, bias: [Float]?) {
        (self.role, self.weight, self.bias) = (role, weight, bias)
    }

    /// How many channels come out.
    public var outputs: Int { weight.dimensions[0] }
    /// How many channels go in.
    public var inputs: Int { weight.dimensions[1] }
    /// How many pixels wide and high the kernel is.
    public var kernel: Int { weight.dimensions[2] }
}
