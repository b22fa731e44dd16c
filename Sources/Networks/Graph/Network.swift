import Tensors

/// A super-resolution network as a list of operations, each of which reads the results of earlier ones.
///
/// Immutable once built and safe to share between threads. Feature maps are channels last; colours are 0…255 at both ends,
/// whatever the network uses inside.
public struct Network: Sendable {
    /// The family, as recognised from the tensor names: "EDSR", "SRResNet", "RDN", "MSRResNet".
    public var architecture: String
    /// How many times the output is wider and higher than the input.
    public var scale: Int
    /// In execution order: an operation's inputs come before it. The first is the input, the last gives the output.
    public var nodes: [Node]

    public init(architecture: String, scale: Int, nodes: [Node]) {
        (self.architecture, self.scale, self.nodes) = (architecture, scale, nodes)
    }

    /// Indices into `nodes` of every convolution, in execution order: what users call the layers.
    public var layers: [Int] {
        nodes.indices.filter { if case .convolution = nodes[$0].operation { true } else { false } }
    }
}

/// One operation and where its inputs come from.
public struct Node: Sendable {
    /// A convolution's name is its key in the checkpoint without ".weight", as in `body.4.conv1`; others describe themselves.
    public var name: String
    public var operation: Operation
    /// Indices of earlier nodes.
    public var inputs: [Int]

    public init(name: String, operation: Operation, inputs: [Int]) {
        (self.name, self.operation, self.inputs) = (name, operation, inputs)
    }
}

public enum Operation: Sendable {
    case input(channels: Int)
    case convolution(Convolution)
    /// `y = x · scale[c] + shift[c]`: batch normalisation in evaluation mode, and the shift by the mean colour.
    case affine(scale: [Float], shift: [Float])
    case relu
    case leakyRelu(slope: Float)
    /// One slope for all channels, or one per channel.
    case prelu(slopes: [Float])
    /// Of two maps of one size.
    case add
    case multiply(Float)
    /// Along channels, in the order of the inputs.
    case concatenate
    /// Input channel `c·r² + i·r + j` goes to output channel `c` at `(y·r + i, x·r + j)`.
    case pixelShuffle(Int)
    /// Bilinear enlargement with half-pixel centres (`align_corners = False`).
    case resizeBilinear(Int)
    case tanh
}

/// A convolution with stride 1 and zero padding of half its kernel, so that the map keeps its size.
public struct Convolution: Sendable {
    /// Where a layer stands in its network; the quantization protocols are rules about roles (facts: AdaBM's `fq` and `nonfq`).
    public enum Role: String, Sendable {
        /// The first convolution, the upsampler and the last one: 8 bits when everything is quantized, else float.
        case edge
        /// Quantized in both protocols.
        case body
        /// The convolution after the residual blocks of EDSR and SRResNet: quantized in the full protocol only.
        case bodyEnd
    }

    public var role: Role
    /// `[outputs, inputs, kernel, kernel]`, kernel odd.
    public var weight: Tensor
    public var bias: [Float]?

    public init(role: Role, weight: Tensor, bias: [Float]?) {
        (self.role, self.weight, self.bias) = (role, weight, bias)
    }

    public var outputs: Int { weight.dimensions[0] }
    public var inputs: Int { weight.dimensions[1] }
    public var kernel: Int { weight.dimensions[2] }
}
