import Networks
import Tensors

/// A band of what one convolution read and of what it gave, before anything that is fused to it; valid while the observer runs.
///
/// Bands divide the rows of all samples; they follow from the shapes alone. Results of a layer that feeds a pixel shuffle have
/// their channels in shuffle order.
public struct ConvolutionObservation {
    /// The convolution's index into the network's nodes.
    public let node: Int
    /// The number of the band, counted over all samples from 0.
    public let band: Int
    /// The band's rows of the input, `[rows][width][channels]`, before any quantizer.
    public let input: UnsafeBufferPointer<Float>
    /// The shape of the whole input.
    public let inputShape: Shape
    /// The band's rows of the result, `[rows][width][channels]`.
    public let output: UnsafeBufferPointer<Float>
    /// The shape of the whole result.
    public let outputShape: Shape
}

/// A function that is called once per band, by several threads at a time.
public typealias ConvolutionObserver = @Sendable (ConvolutionObservation) -> Void

/// A network that runs forward in single precision.
///
/// It belongs to one thread at a time; the network and the overrides it was made with never change. Scratch memory grows to the
/// largest input seen and is used again. The result does not depend on the number of threads.
public final class Executor {
    private let runner: GraphRunner
    private let overrides: [Int: ConvolutionOverride]
    private let plan: GraphPlan
    private let pass: ForwardPass
    private let precision: Precision

    /// - Parameters:
    ///   - overrides: by node index.
    ///   - weights: shared with other executors of this network that have these overrides, of whatever precision.
    ///   - precision: of those convolutions that nothing overrides.
    /// - Throws: `.precision` where this machine has no instructions for it; `.inexact` where scales ask for exact sums that
    ///   single precision cannot give.
    public init(
        network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride] = [:],
        weights: PreparedWeights = PreparedWeights(), precision: Precision = .f32
    ) throws(FloatEngineError) {
        try precision.require()
        for (index, override) in overrides.sorted(by: { $0.key < $1.key }) where override.scales != nil {
            guard case .convolution(let convolution) = network.nodes[index].operation else { continue }
            let sum = ExactSums.largestSum(
                weights: override.weight ?? convolution.weight.values, outputs: convolution.outputs,
                largestInput: override.largestInput)
            guard sum < ExactSums.limit else { throw .inexact(node: network.nodes[index].name, largestSum: sum) }
        }
        runner = try GraphRunner(network: network, pool: pool, weights: weights)
        self.overrides = overrides
        self.precision = precision
        plan = GraphPlan(network)
        pass = ForwardPass(runner, plan)
    }

    /// Runs the network.
    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: for every sample the number of the overrides' variant that is applied to it; empty: their `input` is.
    ///   - observe: sees each convolution's bands while they are in the processor's cache, convolution after convolution.
    ///   - progress: told on the calling thread, from layer to layer, which share of the work is done; false stops with
    ///     `.cancelled`.
    /// - Returns: `[samples, height · scale, width · scale, channels]`, not rounded or clipped.
    /// - Throws: `.input` where the input does not fit the network; `.memory`, `.library`, `.cancelled`.
    public func run(
        _ input: Tensor, variants: [Int] = [], observe: ConvolutionObserver? = nil, progress: ((Double) -> Bool)? = nil
    ) throws(FloatEngineError) -> Tensor {
        defer { pass.release() }
        let network = runner.network
        var (finished, total) = (0.0, 0.0)
        let result = try pass.run(input) { work throws(FloatEngineError) in
            let override = overrides[work.step.node]
            try runner.convolve(
                work, override: override, variants: variants, storedShuffle: plan.shuffles[work.step.node],
                rounds: override?.mayRound ?? true, precision: override == nil ? precision : .f32, observe: observe)
        } done: { step throws(FloatEngineError) in
            guard let progress else { return }
            func cost(_ node: Int) -> Double { network.cost(of: node, shape: pass.shapes[node]) }
            if total == 0 { total = max(plan.steps.reduce(0) { $0 + cost($1.node) }, 1) }
            let cost = cost(step.node)
            finished += cost
            guard cost == 0 || progress(finished / total) else { throw .cancelled }
        }
        return Tensor(
            dimensions: result.shape.dimensions,
            values: [Float](unsafeUninitializedCapacity: result.shape.count) { target, count in
                target.baseAddress?.update(from: result.pointer, count: result.shape.count)
                count = result.shape.count
            })
    }

    /// Gives scratch memory back to the system.
    public func releaseMemory() { runner.buffers.releaseAll() }

    /// Returns how many bytes running an image of `width` × `height` takes, the tensors that go in and come out among them. It is a
    /// `Double`, so that more than a machine has is no overflow.
    package func bytes(width: Int, height: Int) -> Double { plan.bytesPerInputPixel * Double(width) * Double(height) }
}

extension Network {
    /// Returns how many multiplications a convolution takes whose result has this shape; 0 for other operations, which hardly
    /// count.
    fileprivate func cost(of node: Int, shape: Shape) -> Double {
        guard case .convolution(let convolution) = nodes[node].operation else { return 0 }
        return Double(shape.count) * Double(convolution.inputs * convolution.kernel * convolution.kernel)
    }
}
