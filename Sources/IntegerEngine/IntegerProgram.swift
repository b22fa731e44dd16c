import CKernels
import FloatEngine
import Networks
import QuantizedNetworks

/// A network in integers as a sequence of steps that rows of the image flow through. It is immutable and may be shared by any
/// number of threads.
///
/// Convolutions multiply whole numbers; those without an integer form run in float, in bands of rows. What follows them (scale,
/// bias, activation functions, additions of skip connections) is computed in single precision row by row, in the order and with
/// the roundings of the float engine, and is encoded for the layers that read it before it leaves the cache: no feature map is
/// ever stored whole.
public final class IntegerProgram: Sendable {
    /// The rows that a step reads. Indices count steps, and those of layers count `layers`.
    enum Source: Sendable {
        /// The step reads the image.
        case input
        /// The step is the convolution of this layer, and reads what was encoded for it.
        case layer(Int)
        /// The step reads another step's result, in float.
        case value(Int)
        /// The step reads the channels of other steps' results, side by side.
        case concatenation([Int])
        /// The step reads another step's result, bilinearly enlarged.
        case enlarged(Int, factor: Int)
    }

    /// An operation on a row of results, after the step's source, number by number (`reorder` apart). `slopes`, `scale` and
    /// `shift` have one number for each channel before the pixel shuffle, or one for all.
    enum Operation: Sendable {
        case relu
        case prelu(slopes: [Float])
        case affine(scale: [Float], shift: [Float])
        case multiply(Float)
        case tanh
        /// Adds the result of step `value`.
        case add(value: Int)
        /// Moves channel c to place `order[c]`.
        case reorder([Int])
    }

    /// A place that a finished row goes to.
    enum Sink: Sendable {
        /// The row is kept in float, for other steps to read.
        case value
        /// The row is encoded as the channels of this layer's input from `channel` on.
        case layer(Int, channel: Int)
        /// The row is part of the network's result.
        case output
    }

    /// A step: a source of rows, the operations that follow on them, and the places they go to. A step reads only the image and the
    /// results of steps before it.
    struct Step: Sendable {
        var source: Source
        var operations: [Operation] = []
        /// The factor r of the pixel shuffle at the end of the step, which makes r rows of r times the width and channels / r²
        /// channels of each row; 1 where there is none.
        var shuffle = 1
        var sinks: [Sink] = []
        /// The number of channels before the pixel shuffle.
        var channels: Int
        /// The number of rows per image row, and of columns per image column, before the pixel shuffle.
        var scale: Int
    }

    /// The steps in the order in which they run.
    let steps: [Step]
    /// What follows the source of each step, as kernels read it, by the step's index.
    let finishes: [StepFinish]
    /// The convolutions in the order of the network's layers.
    let layers: [Layer]
    /// The number of channels of the image.
    let inputChannels: Int
    /// The number of channels of the result.
    let outputChannels: Int
    /// How many times as wide and high as the image the result is.
    public let scale: Int

    /// Makes the program of a network for the widest kernels that the machine can run.
    /// - Parameters:
    ///   - network: The graph; its first node is the input.
    ///   - integers: The integer forms of the layers that run in whole numbers, by node index; all other convolutions run in float.
    ///   - overrides: What the float engine does instead of plain convolutions, by node index, in layers that run in float.
    ///   - precision: The precision of convolutions in float that nothing overrides; the machine has to have instructions for it.
    ///   - known: A program of the same network with the same codes; weights that both need in the same form are kept once.
    /// - Throws: `.inFloat` for a layer without a grid, `.overflow`, `.unsupported`, `.memory`.
    public convenience init(
        network: Network, layers integers: [Int: IntegerForm], overrides: [Int: ConvolutionOverride] = [:],
        precision: Precision = .f32, sharing known: IntegerProgram? = nil
    ) throws(IntegerEngineError) {
        try self.init(
            network: network, layers: integers, overrides: overrides, precision: precision, sharing: known,
            kernels: srq_kernels().pointee)
    }

    /// Makes the program of a network for given kernels, which need not be the machine's widest, and for a given format: all of
    /// them compute the same.
    /// - Parameters:
    ///   - kernels: The kernels that the program runs on; the machine has to have their instruction set.
    ///   - format: The format that all layers in whole numbers have to be computed in; nil leaves the choice to each layer.
    /// - Throws: What the other initializer throws, and `.inexact` for a layer that `format` does not fit.
    package init(
        network: Network, layers integers: [Int: IntegerForm], overrides: [Int: ConvolutionOverride] = [:],
        precision: Precision = .f32, sharing known: IntegerProgram? = nil, kernels: srq_kernel_table, format: LayerFormat? = nil
    ) throws(IntegerEngineError) {
        guard case .input(let channels)? = network.nodes.first?.operation else {
            throw .unsupported(node: "a network without input")
        }
        var lowering = try Lowering(
            network, integers, overrides, precision, sharing: known?.layers ?? [], kernels, forced: format)
        try lowering.run()
        let layers = lowering.layers
        finishes = try lowering.steps.map { step throws(IntegerEngineError) in try StepFinish(step, layers, kernels) }
        (steps, self.layers, inputChannels, scale) = (lowering.steps, layers, channels, network.scale)
        outputChannels = lowering.steps.last.map { $0.channels / ($0.shuffle * $0.shuffle) } ?? 0
    }

    /// The names of the layers and how each is computed: "narrow" (bytes), "narrow 24" (bytes, with 24 steps in a row summed in
    /// 16 bits), "wide" (16 bits), "winograd" (16 bits, a quarter of the multiplications), "gaussian" (bytes, a third of them)
    /// or "float". The reason says why the faster formats do not fit the layer; it is empty where the layer has the fastest
    /// one, and in float.
    public var formats: [(name: String, format: String, reason: String)] { layers.map { ($0.name, $0.format, $0.reason) } }

    /// The convolutions of the layers in float, in the order of `FloatLayer.number`.
    var floatConvolutions: [FloatConvolution] {
        layers.compactMap { if case .float(let layer) = $0 { layer.convolution } else { nil } }
    }
}
