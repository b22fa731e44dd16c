import CKernels
import FloatEngine
import Networks
import QuantizedNetworks

/// A network in integers as steps that rows flow through. Immutable, shared by any number of threads.
///
/// Convolutions multiply whole numbers; those that have none run in float, in bands of rows. What follows them (scale, bias,
/// activation functions, additions of skip connections) is computed in single precision row by row, in the order and with the
/// roundings of the float engine, and is encoded for the layers that read it before it leaves the cache: no feature map is ever
/// stored whole.
public final class IntegerProgram: Sendable {
    /// What a step reads.
    enum Source: Sendable {
        /// The image.
        case input
        /// What was encoded for this layer.
        case layer(Int)
        /// Another step's result, in float.
        case value(Int)
        /// The channels of other steps' results, side by side.
        case concatenation([Int])
        /// Another step's result, bilinearly enlarged.
        case enlarged(Int, factor: Int)
    }

    /// Follows on a row, in place.
    enum Operation: Sendable {
        case relu
        case prelu(slopes: [Float])
        case affine(scale: [Float], shift: [Float])
        case multiply(Float)
        case tanh
        /// Of another step's result.
        case add(value: Int)
        /// Moves channel c to place `order[c]`.
        case reorder([Int])
    }

    /// Where a row goes.
    enum Sink: Sendable {
        /// Kept in float, for additions.
        case value
        /// Encoded as the channels of this layer's input from `channel` on.
        case layer(Int, channel: Int)
        case output
    }

    struct Step: Sendable {
        var source: Source
        var operations: [Operation] = []
        /// Above 1: a row of r² times the channels becomes r rows of r times the width.
        var shuffle = 1
        var sinks: [Sink] = []
        /// Channels and rows per image row before the shuffle.
        var channels: Int
        var scale: Int
    }

    let steps: [Step]
    /// By step.
    let finishes: [StepFinish]
    let layers: [Layer]
    let inputChannels: Int
    let outputChannels: Int
    public let scale: Int

    /// - Parameters:
    ///   - layers: by node index.
    ///   - overrides: of the convolutions that are not among the layers: what `Executor` does there.
    ///   - precision: of the convolutions in float that nothing overrides; the machine has to have instructions for it.
    ///   - sharing: of the same network with the same codes; weights that are needed in the same form are kept once.
    /// - Throws: `.inFloat` for a layer without a grid, `.overflow`, `.unsupported`.
    public convenience init(
        network: Network, layers integers: [Int: IntegerForm], overrides: [Int: ConvolutionOverride] = [:],
        precision: Precision = .f32, sharing known: IntegerProgram? = nil
    ) throws(IntegerEngineError) {
        try self.init(
            network: network, layers: integers, overrides: overrides, precision: precision, sharing: known,
            kernels: srq_kernels().pointee)
    }

    /// On kernels that need not be the machine's widest: what they compute is the same.
    /// - Parameter format: All layers in whole numbers are computed in it.
    /// - Throws: Also `.inexact` for a layer that `format` does not fit.
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

    /// Names of the layers and how each is computed: "narrow" (bytes), "narrow 24" (bytes, so many steps summed in 16 bits), "wide"
    /// (16 bits), "winograd" (16 bits, a quarter of the multiplications), "gaussian" (bytes, a third of them) or "float". The
    /// reason says why a faster format does not fit; it is empty where there is none.
    public var formats: [(name: String, format: String, reason: String)] { layers.map { ($0.name, $0.format, $0.reason) } }

    var floatConvolutions: [FloatConvolution] {
        layers.compactMap { if case .float(let layer) = $0 { layer.convolution } else { nil } }
    }
}
