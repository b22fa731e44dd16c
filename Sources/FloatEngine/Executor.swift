import Networks
import Tensors

/// What one convolution read and gave, valid while the observer runs. Results of a layer that feeds a pixel shuffle have
/// their channels in shuffle order.
public struct ConvolutionObservation {
    /// Index into the network's nodes.
    public let node: Int
    public let input: UnsafeBufferPointer<Float>
    public let inputShape: Shape
    public let output: UnsafeBufferPointer<Float>
    public let outputShape: Shape
}

/// Runs a network forward in single precision.
///
/// Belongs to one thread at a time; the network and the overrides it was made with never change. Scratch memory grows to the
/// largest input seen and is used again. The result does not depend on the number of threads.
public final class Executor {
    private let runner: GraphRunner
    private let overrides: [Int: ConvolutionOverride]
    private let fused: GraphPlan
    private let plain: GraphPlan

    /// - Parameter overrides: by node index.
    public init(network: Network, pool: ThreadPool, overrides: [Int: ConvolutionOverride] = [:]) throws(FloatEngineError) {
        runner = try GraphRunner(network: network, pool: pool)
        self.overrides = overrides
        fused = GraphPlan(network, separate: [], overwrites: true)
        plain = GraphPlan(network, separate: Set(network.layers), overwrites: false)
    }

    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`, colours 0…255.
    ///   - variants: for every sample the number of the overrides' variant that is applied to it; empty: their `input` is.
    ///   - observe: called after each convolution, in execution order, on the calling thread.
    /// - Returns: `[samples, height · scale, width · scale, channels]`, not rounded or clipped.
    public func run(
        _ input: Tensor, variants: [Int] = [], observe: ((ConvolutionObservation) -> Void)? = nil
    ) throws(FloatEngineError) -> Tensor {
        let network = runner.network
        try runner.requireFits(input)
        let shapes = try network.shapes(samples: input.dimensions[0], height: input.dimensions[1], width: input.dimensions[2])
        let plan = observe == nil ? fused : plain

        var values: [Int: FeatureMap] = [:]
        var uses = plan.uses
        values[0] = try runner.loaded(input, shape: shapes[0])
        defer { for map in values.values { runner.buffers.release(map.buffer) } }

        func release(_ node: Int) {
            uses[node] -= 1
            if uses[node] == 0, let map = values.removeValue(forKey: node) { runner.buffers.release(map.buffer) }
        }

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
                    storedShuffle: plan.shuffles[step.node], output: output)
                observe?(
                    ConvolutionObservation(
                        node: step.node, input: .init(start: inputs[0].pointer, count: inputs[0].shape.count),
                        inputShape: inputs[0].shape, output: .init(start: output.pointer, count: shape.count), outputShape: shape))
            } else {
                runner.operate(node.operation, storedShuffle: plan.shuffles[step.inputs[0]] != nil, inputs: inputs, output: output)
            }
            for input in step.inputs { release(input) }
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
