import Networks
import Tensors

/// A network that runs forward keeping what gradients need, and then backward.
///
/// The gradients are those of input quantizers' parameters, and derivatives along directions of the (quantized) weights, from which
/// those of weight quantizers' parameters follow; where they are asked for, also those of all weights and biases. A layer that has
/// an override has weights and a bias of its own, which start as the network's and can be set; the network itself does not change.
/// It belongs to one thread at a time. Sums run in an order that depends on shapes alone.
public final class TrainingExecutor {
    /// The results of a backward pass.
    public struct Gradients {
        /// The gradients of the input quantizers' parameters, by node index.
        public var quantizers: [Int: [Double]] = [:]
        /// The summands of `quantizers`, by node index and sample, since every sample may have had a quantizer of its own.
        public var samples: [Int: [[Double]]] = [:]
        /// The derivatives of the loss along directions of a layer's weights, by node index and direction, each as one summand per
        /// output channel.
        public var directions: [Int: [[Double]]] = [:]
        /// The gradients of the weights that a layer computes with, `[outputs, inputs, kernel, kernel]`, by node index. Those of
        /// the weights behind a weight quantizer are up to whoever quantized them.
        public var weights: [Int: [Double]] = [:]
        /// The gradients of the bias, by node index, for layers that have one.
        public var biases: [Int: [Double]] = [:]
    }

    /// A feature map that a loss looks at: a convolution's result (channels in shuffle order where it feeds a pixel shuffle) or
    /// that of an addition, or the network's output.
    public struct Feature {
        /// The index of the node that gave it.
        public let node: Int
        /// The shape of the map.
        public let shape: Shape
        /// The numbers of the map, `[samples][height][width][channels]`, in the executor's memory.
        public let values: UnsafePointer<Float>

        /// Makes a feature of memory that the caller keeps alive.
        public init(node: Int, shape: Shape, values: UnsafePointer<Float>) {
            (self.node, self.shape, self.values) = (node, shape, values)
        }
    }

    let runner: GraphRunner
    let plan: GraphPlan
    let pass: ForwardPass
    /// The nodes whose results are asked for with `feature`.
    let features: Set<Int>
    /// The part of the graph that the backward pass comes to.
    let demand: GradientDemand
    /// Whether the forward pass may round sums as they come.
    private let rounds: Bool
    /// The quantizers, weights and biases of the layers at present, by node index.
    private(set) var overrides: [Int: ConvolutionOverride]
    /// The convolutions that compute a layer instead of oneDNN's, by node index; see `setSubstitutes`.
    var substitutes: [Int: Substitutes] = [:]
    /// The weights that carry gradients back, by node index.
    var turned: [Int: LayerWeights] = [:]
    /// The layers whose weights were set since the last `forward`, by node index, each with its forward weights; nil where none
    /// have been packed yet.
    private(set) var replaced: [Int: LayerWeights?] = [:]
    /// The weights along which derivatives were wanted, by node index and number of the direction.
    var directionWeights: [Int: [Int: LayerWeights]] = [:]
    /// The variants of the last `forward`.
    private(set) var variants: [Int] = []

    /// Makes an executor.
    /// - Parameters:
    ///   - overrides: by node index: quantizers and weights to start with, for every layer in which something is trained. Empty for
    ///     a teacher.
    ///   - features: convolutions and additions whose results are asked for with `feature`.
    ///   - rounds: whether the forward pass may round sums as they come, by Winograd's transforms, as `Executor` does where nobody
    ///     asks for exact sums. The backward pass always may.
    /// - Throws: `.input` for an override with scales, since gradients do not pass through whole numbers; `.library` without
    ///   oneDNN.
    public init(
        network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride], features: Set<Int>, rounds: Bool = false
    ) throws(FloatEngineError) {
        for (index, override) in overrides where override.scales != nil {
            throw .input("\(network.nodes[index].name): gradients do not pass through whole numbers")
        }
        runner = try GraphRunner(network: network, pool: pool)
        plan = GraphPlan(network, separate: features, overwrites: false)
        self.overrides = overrides
        self.features = features
        self.rounds = rounds

        demand = GradientDemand(network, plan, quantized: Set(overrides.keys), features: features)
        pass = ForwardPass(runner, plan, keeps: demand.keeps)
    }

    /// Sets the function before a layer and its variants. Does nothing for a layer without an override.
    public func setQuantizer(_ quantizer: any ElementwiseFunction, variants: [any ElementwiseFunction] = [], node: Int) {
        overrides[node]?.input = quantizer
        overrides[node]?.variants = variants
    }

    /// Sets the weights that a layer computes with.
    /// - Parameter weights: `[outputs, inputs, kernel, kernel]`, in the network's order.
    public func setWeights(_ weights: [Float], node: Int) {
        guard case .convolution(let convolution) = runner.network.nodes[node].operation else { return }
        overrides[node]?.weight = weights
        replaced[node] = .some(runner.replaceWeights(node, convolution, shuffle: plan.shuffles[node], with: weights))
    }

    /// Packs the weights that were set since the last `forward`, both for it and for the way back.
    private func repack() {
        var work: [(weights: LayerWeights, turned: (node: Int, convolution: Convolution)?)] = []
        for (node, forward) in replaced.sorted(by: { $0.key < $1.key }) {
            if let forward { work.append((forward, nil)) }
            if let back = turned[node], case .convolution(let convolution) = runner.network.nodes[node].operation {
                work.append((back, (node, convolution)))
            }
        }
        replaced = [:]
        runner.pool.run(pieces: work.count) { piece, _ in
            let (weights, turned) = work[piece]
            if let turned { weights.replace(turnedWeights(turned.node, turned.convolution)) }
            weights.repack()
        }
    }

    /// Sets a layer's bias. Does nothing for a layer without an override or without a bias.
    public func setBias(_ bias: [Float], node: Int) {
        guard case .convolution(let convolution) = runner.network.nodes[node].operation, convolution.bias != nil,
            overrides[node] != nil
        else { return }
        overrides[node]?.bias = bias
        runner.replaceBias(node, convolution, shuffle: plan.shuffles[node], with: bias)
    }

    /// Returns the factor of the pixel shuffle that a convolution alone feeds: its outputs are then stored in the shuffle's order.
    /// Nil: in their own.
    public func shuffle(_ node: Int) -> Int? { plan.shuffles[node] }

    // MARK: - Forward

    /// Runs the network and keeps what a backward pass needs.
    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: as in `Executor.run`. All quantizers of a layer have as many parameters.
    ///   - prepare: called before every convolution with an override, with its node index and what it reads; may set its quantizer.
    /// - Returns: the output, valid until the next `forward`.
    public func forward(
        _ input: Tensor, variants: [Int] = [], prepare: ((_ node: Int, _ input: UnsafeBufferPointer<Float>) -> Void)? = nil
    ) throws(FloatEngineError) -> Feature {
        self.variants = variants
        repack()
        let result = try pass.run(input) { work throws(FloatEngineError) in
            let node = work.step.node
            if let prepare, overrides[node] != nil {
                prepare(node, UnsafeBufferPointer(start: work.input.pointer, count: work.input.shape.count))
            }
            try runner.convolve(
                work, override: overrides[node], variants: variants, storedShuffle: plan.shuffles[node], rounds: rounds,
                substitute: substitutes[node]?.forward)
        }
        return Feature(node: runner.network.nodes.count - 1, shape: result.shape, values: UnsafePointer(result.pointer))
    }

    /// Returns the result of one of the `features`, valid until the next `forward`; nil for another node.
    public func feature(_ node: Int) -> Feature? {
        pass.values[node].map { Feature(node: node, shape: $0.shape, values: UnsafePointer($0.pointer)) }
    }
}
