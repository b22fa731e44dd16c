import Networks
import Tensors

/// A band of what one convolution read and of what it gave, before anything that is fused to it; valid while the observer runs.
///
/// Bands divide the rows of all samples; they follow from the shapes alone. Results of a layer that feeds a pixel shuffle have
/// their channels in shuffle order.
public struct ConvolutionObservation {
    /// Index into the network's nodes.
    public let node: Int
    /// Which band, counted over all samples from 0.
    public let band: Int
    public let input: UnsafeBufferPointer<Float>
    /// Of the whole feature map.
    public let inputShape: Shape
    public let output: UnsafeBufferPointer<Float>
    public let outputShape: Shape
}

/// Called once per band, by several threads at a time.
public typealias ConvolutionObserver = @Sendable (ConvolutionObservation) -> Void

/// Runs a network forward in single precision.
///
/// Belongs to one thread at a time; the network and the overrides it was made with never change. Scratch memory grows to the
/// largest input seen and is used again. The result does not depend on the number of threads.
public final class Executor {
    private let runner: GraphRunner
    private let overrides: [Int: ConvolutionOverride]
    private let plan: GraphPlan

    /// - Parameters:
    ///   - overrides: by node index.
    ///   - weights: shared with other executors of this network that have these overrides.
    /// - Throws: `.inexact` where scales ask for exact sums that single precision cannot give.
    public init(
        network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride] = [:],
        weights: PreparedWeights = PreparedWeights()
    ) throws(FloatEngineError) {
        for (index, override) in overrides.sorted(by: { $0.key < $1.key }) where override.scales != nil {
            guard case .convolution(let convolution) = network.nodes[index].operation else { continue }
            let sum = ExactSums.largestSum(
                weights: override.weight ?? convolution.weight.values, outputs: convolution.outputs,
                largestInput: override.largestInput)
            guard sum < ExactSums.limit else { throw .inexact(node: network.nodes[index].name, largestSum: sum) }
        }
        runner = try GraphRunner(network: network, pool: pool, weights: weights)
        self.overrides = overrides
        plan = GraphPlan(network)
    }

    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: for every sample the number of the overrides' variant that is applied to it; empty: their `input` is.
    ///   - observe: sees each convolution's bands while they are in the processor's cache, convolution after convolution.
    ///   - progress: told on the calling thread, from layer to layer, which share of the work is done; false stops with `.cancelled`.
    /// - Returns: `[samples, height · scale, width · scale, channels]`, not rounded or clipped.
    public func run(
        _ input: Tensor, variants: [Int] = [], observe: ConvolutionObserver? = nil, progress: ((Double) -> Bool)? = nil
    ) throws(FloatEngineError) -> Tensor {
        let network = runner.network
        try runner.requireFits(input)
        let shapes = try network.shapes(samples: input.dimensions[0], height: input.dimensions[1], width: input.dimensions[2])

        var values: [Int: FeatureMap] = [:]
        var uses = plan.uses
        values[0] = try runner.loaded(input, shape: shapes[0])
        defer { for map in values.values { runner.buffers.release(map.buffer) } }

        func release(_ node: Int) {
            uses[node] -= 1
            if uses[node] == 0, let map = values.removeValue(forKey: node) { runner.buffers.release(map.buffer) }
        }

        var done = 0.0
        let total = progress == nil ? 1 : max(plan.steps.reduce(0) { $0 + network.cost(of: $1.node, shape: shapes[$1.node]) }, 1)
        for step in plan.steps {
            let node = network.nodes[step.node]
            let inputs = step.inputs.compactMap { values[$0] }
            let shape = shapes[step.output]
            let output: FeatureMap
            if let other = step.accumulatesInto, let map = values.removeValue(forKey: other) {
                output = FeatureMap(shape: shape, buffer: map.buffer)
            } else if node.operation.isPointwise, uses[step.inputs[0]] == 1, let map = values.removeValue(forKey: step.inputs[0]) {
                output = FeatureMap(shape: shape, buffer: map.buffer)
            } else {
                output = FeatureMap(shape: shape, buffer: try runner.buffers.acquire(shape.count, for: node.name))
            }
            values[step.output] = output
            if case .convolution(let convolution) = node.operation {
                try runner.convolve(
                    step, convolution, input: inputs[0], override: overrides[step.node], variants: variants,
                    storedShuffle: plan.shuffles[step.node], output: output,
                    rounds: overrides[step.node]?.mayRound ?? true,
                    observe: observe)
            } else {
                runner.operate(node.operation, storedShuffle: plan.shuffles[step.inputs[0]] != nil, inputs: inputs, output: output)
            }
            for input in step.inputs { release(input) }
            if let progress {
                let cost = network.cost(of: step.node, shape: shapes[step.node])
                done += cost
                guard cost == 0 || progress(done / total) else { throw .cancelled }
            }
        }
        let last = network.nodes.count - 1
        guard let result = values[last] else { throw .input("the network has no output") }
        return Tensor(
            dimensions: result.shape.dimensions,
            values: [Float](unsafeUninitializedCapacity: result.shape.count) { target, count in
                target.baseAddress?.update(from: result.pointer, count: result.shape.count)
                count = result.shape.count
            })
    }

    /// Gives scratch memory back to the system.
    public func releaseMemory() { runner.buffers.releaseAll() }
}

extension Network {
    /// Multiplications of a convolution whose result has this shape; what else there is hardly counts.
    fileprivate func cost(of node: Int, shape: Shape) -> Double {
        guard case .convolution(let convolution) = nodes[node].operation else { return 0 }
        return Double(shape.count) * Double(convolution.inputs * convolution.kernel * convolution.kernel)
    }
}
