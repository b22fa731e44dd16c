import Networks
import Tensors

/// Runs a network forward keeping what gradients need, and then backward.
///
/// The gradients are those of input quantizers' parameters, and derivatives along directions of the (quantized) weights, from
/// which those of weight quantizers' parameters follow; where they are asked for, also those of all weights and biases. A layer that has an
/// override has weights and a bias of its own, which start as the network's and can be set; the network itself does not change.
/// Belongs to one thread at a time. Sums run in an order that depends on shapes alone.
public final class TrainingExecutor {
    public struct Gradients {
        /// By node index: the gradients of the input quantizer's parameters.
        public var quantizers: [Int: [Double]] = [:]
        /// The same by node index and sample: its summands, where every sample may have had a quantizer of its own.
        public var samples: [Int: [[Double]]] = [:]
        /// By node index and direction of its weights: the derivative of the loss along it, as one summand per output channel.
        public var directions: [Int: [[Double]]] = [:]
        /// By node index: the gradients of the weights that the layer computes with, `[outputs, inputs, kernel, kernel]`. Those of the
        /// weights behind a weight quantizer are up to whoever quantized them.
        public var weights: [Int: [Double]] = [:]
        /// By node index: the gradients of the bias, for layers that have one.
        public var biases: [Int: [Double]] = [:]
    }

    /// A convolution's result (channels in shuffle order where it feeds a pixel shuffle) or that of an addition.
    public struct Feature {
        public let node: Int
        public let shape: Shape
        public let values: UnsafePointer<Float>

        public init(node: Int, shape: Shape, values: UnsafePointer<Float>) {
            (self.node, self.shape, self.values) = (node, shape, values)
        }
    }

    let runner: GraphRunner
    let plan: GraphPlan
    let pass: ForwardPass
    let features: Set<Int>
    let demand: GradientDemand
    private(set) var overrides: [Int: ConvolutionOverride]
    /// By node index; see `setSubstitutes`.
    var substitutes: [Int: Substitutes] = [:]
    /// By node index: the weights that carry gradients back.
    var turned: [Int: LayerWeights] = [:]
    /// By node index and number of the direction.
    var directionWeights: [Int: [Int: LayerWeights]] = [:]
    /// Those of the last `forward`.
    private(set) var variants: [Int] = []

    /// - Parameters:
    ///   - overrides: by node index: quantizers and weights to start with, for every layer in which something is trained. Empty for a
    ///     teacher.
    ///   - features: convolutions and additions whose results are asked for with `feature`.
    public init(
        network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride], features: Set<Int>
    ) throws(FloatEngineError) {
        for (index, override) in overrides where override.scales != nil {
            throw .input("\(network.nodes[index].name): gradients do not pass through whole numbers")
        }
        runner = try GraphRunner(network: network, pool: pool)
        plan = GraphPlan(network, separate: features, overwrites: false)
        self.overrides = overrides
        self.features = features

        demand = GradientDemand(network, plan, quantized: Set(overrides.keys), features: features)
        pass = ForwardPass(runner, plan, keeps: demand.keeps)
    }

    public func setQuantizer(_ quantizer: any ElementwiseFunction, variants: [any ElementwiseFunction] = [], node: Int) {
        overrides[node]?.input = quantizer
        overrides[node]?.variants = variants
    }

    /// - Parameter weights: `[outputs, inputs, kernel, kernel]`.
    public func setWeights(_ weights: [Float], node: Int) {
        guard case .convolution(let convolution) = runner.network.nodes[node].operation else { return }
        overrides[node]?.weight = weights
        runner.replaceWeights(node, convolution, shuffle: plan.shuffles[node], with: weights)
        turned[node]?.replace(turnedWeights(node, convolution))
    }

    /// Sets a layer's bias. Does nothing for a layer without an override or without a bias.
    public func setBias(_ bias: [Float], node: Int) {
        guard case .convolution(let convolution) = runner.network.nodes[node].operation, convolution.bias != nil,
            overrides[node] != nil
        else { return }
        overrides[node]?.bias = bias
        runner.replaceBias(node, convolution, shuffle: plan.shuffles[node], with: bias)
    }

    /// The factor of the pixel shuffle that a convolution alone feeds: its outputs are then stored in the shuffle's order. Nil: in
    /// their own.
    public func shuffle(_ node: Int) -> Int? { plan.shuffles[node] }

    // MARK: - Forward

    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: as in `Executor.run`. All quantizers of a layer have as many parameters.
    ///   - prepare: called before every convolution with an override, with its node index and what it reads; may set its
    ///     quantizer.
    /// - Returns: the output, valid until the next `forward`.
    public func forward(
        _ input: Tensor, variants: [Int] = [], prepare: ((_ node: Int, _ input: UnsafeBufferPointer<Float>) -> Void)? = nil
    ) throws(FloatEngineError) -> Feature {
        self.variants = variants
        let result = try pass.run(input) { work throws(FloatEngineError) in
            let node = work.step.node
            if let prepare, overrides[node] != nil {
                prepare(node, UnsafeBufferPointer(start: work.input.pointer, count: work.input.shape.count))
            }
            try runner.convolve(
                work, override: overrides[node], variants: variants, storedShuffle: plan.shuffles[node],
                substitute: substitutes[node]?.forward)
        }
        return Feature(node: runner.network.nodes.count - 1, shape: result.shape, values: UnsafePointer(result.pointer))
    }

    /// The result of one of the `features`, valid until the next `forward`.
    public func feature(_ node: Int) -> Feature? {
        pass.values[node].map { Feature(node: node, shape: $0.shape, values: UnsafePointer($0.pointer)) }
    }
}
