import CKernels
import FloatEngine
import Networks
import Quantizers

/// A network in integers as steps that rows flow through. Immutable, shared by any number of threads.
///
/// Convolutions multiply whole numbers. What follows them (scale, bias, activation functions, additions of skip connections) is
/// computed in single precision row by row, in the order and with the roundings of the float engine, and is encoded for the layers that
/// read it before it leaves the cache: no feature map is ever stored whole.
public final class IntegerProgram: Sendable {
    /// What a step reads.
    enum Source: Sendable {
        /// The image.
        case input
        /// What was encoded for this layer.
        case layer(Int)
        /// Another step's result, in float.
        case value(Int)
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
        /// How many rows fewer than it could have are made, since it waits for rows further down: of its own, before the shuffle.
        var lag = 0
    }

    /// A ring of rows that steps write and others read. Rows per image row, and lags, are of the ring.
    struct Ring: Sendable {
        var channels: Int
        var scale: Int
        /// The smallest lag of a step that writes it: it is the first to come to a row.
        var writerLag: Int
        /// The largest of a step that reads it, with the rows above that it looks back at.
        var readerLag: Int
    }

    let steps: [Step]
    let layers: [PackedLayer]
    /// By layer: what is encoded for it.
    let layerRings: [Ring]
    /// By step: its result in float, where it is kept.
    let valueRings: [Int: Ring]
    let inputChannels: Int
    let outputChannels: Int
    public let scale: Int

    /// - Parameter layers: by node index, for every convolution of the network.
    /// - Throws: `.inFloat` for a convolution that is not there, `.overflow`, `.unsupported`.
    public convenience init(network: Network, layers integers: [Int: IntegerLayer]) throws(IntegerEngineError) {
        try self.init(network: network, layers: integers, kernels: srq_kernels().pointee)
    }

    /// On kernels that need not be the machine's widest: what they compute is the same.
    package init(network: Network, layers integers: [Int: IntegerLayer], kernels: srq_kernel_table) throws(IntegerEngineError) {
        guard case .input(let channels)? = network.nodes.first?.operation else {
            throw .unsupported(node: "a network without input")
        }
        var lowering = try Lowering(network, integers, kernels)
        try lowering.run()
        (steps, layers, inputChannels, scale) = (lowering.steps, lowering.layers, channels, network.scale)
        outputChannels = lowering.steps.last.map { $0.channels / ($0.shuffle * $0.shuffle) } ?? 0
        let rings = Rings(steps, layers)
        (layerRings, valueRings) = (rings.layers, rings.values)
    }

    /// Names of the layers and how each is computed: "narrow" (bytes), "narrow 24" (bytes, so many steps summed in 16 bits), "wide"
    /// (16 bits) or "winograd" (16 bits, a quarter of the multiplications).
    public var formats: [(name: String, format: String)] {
        layers.map { layer in
            switch layer.format {
            case .narrow(nil): (layer.name, "narrow")
            case .narrow(let chain?): (layer.name, "narrow \(chain)")
            case .wide: (layer.name, "wide")
            case .winograd: (layer.name, "winograd")
            }
        }
    }
}

/// The rings that connect steps.
private struct Rings {
    var layers: [IntegerProgram.Ring]
    var values: [Int: IntegerProgram.Ring] = [:]

    init(_ steps: [IntegerProgram.Step], _ packed: [PackedLayer]) {
        layers = packed.map { .init(channels: $0.channels, scale: 1, writerLag: .max, readerLag: 0) }
        for (index, step) in steps.enumerated() {
            let factor = step.shuffle
            let (lag, scale) = (step.lag * factor, step.scale * factor)
            for sink in step.sinks {
                switch sink {
                case .value:
                    values[index] = .init(channels: step.channels / (factor * factor), scale: scale, writerLag: lag, readerLag: lag)
                case .layer(let layer, _):
                    layers[layer].scale = scale
                    layers[layer].writerLag = min(layers[layer].writerLag, lag)
                case .output: break
                }
            }
        }
        for step in steps {
            switch step.source {
            case .input: break
            case .value(let value): read(value, step.lag)
            case .layer(let layer): layers[layer].readerLag = step.lag + packed[layer].kernel / 2
            }
            for case .add(let value) in step.operations { read(value, step.lag) }
        }
    }

    private mutating func read(_ value: Int, _ lag: Int) {
        guard let known = values[value]?.readerLag else { return }
        values[value]?.readerLag = max(known, lag)
    }
}
