import Networks
import Tensors

/// The forward loop that inference and training share: it walks a plan's steps and owns their results, each of which lives from its
/// step to its last reader, or longer where somebody wants to look at it. Used by one thread at a time.
final class ForwardPass {
    /// A convolution that is to be run.
    struct ConvolutionStep {
        /// The step of the plan.
        let step: GraphPlan.Step
        /// The convolution of the step's node.
        let convolution: Convolution
        /// The map that the convolution reads.
        let input: FeatureMap
        /// The map that is added to the result; nil where none is.
        let added: FeatureMap?
        /// The memory of the result; it holds the other operand where the step accumulates.
        let output: FeatureMap
    }

    let runner: GraphRunner
    let plan: GraphPlan
    /// The nodes whose results stay until `release` and are overwritten by nobody.
    private let keeps: Set<Int>
    /// The results that are still there, by node index.
    private(set) var values: [Int: FeatureMap] = [:]
    /// The shapes of all results for the last input, by node index.
    private(set) var shapes: [Shape] = []

    /// Makes a pass over a plan.
    init(_ runner: GraphRunner, _ plan: GraphPlan, keeps: Set<Int> = []) {
        (self.runner, self.plan, self.keeps) = (runner, plan, keeps)
    }

    deinit { release() }

    /// Runs all steps.
    /// - Parameters:
    ///   - input: `[samples, height, width, channels]`.
    ///   - convolve: runs a convolution.
    ///   - done: called after every step.
    /// - Returns: the result of the last node, valid until `release` or the next `run`.
    func run(
        _ input: Tensor, convolve: (ConvolutionStep) throws(FloatEngineError) -> Void,
        done: (GraphPlan.Step) throws(FloatEngineError) -> Void = { _ in }
    ) throws(FloatEngineError) -> FeatureMap {
        try prepare(for: input)
        for step in plan.steps {
            let node = runner.network.nodes[step.node]
            let inputs = step.inputs.compactMap { values[$0] }
            let output = try self.output(of: step, named: node.name)
            values[step.output] = output
            if case .convolution(let convolution) = node.operation {
                try convolve(
                    ConvolutionStep(
                        step: step, convolution: convolution, input: inputs[0], added: step.adds.flatMap { values[$0] },
                        output: output))
            } else {
                runner.operate(node.operation, storedShuffle: plan.shuffles[step.inputs[0]] != nil, inputs: inputs, output: output)
            }
            for node in step.ends where !keeps.contains(node) {
                if let map = values.removeValue(forKey: node) { runner.buffers.release(map.buffer) }
            }
            try done(step)
        }
        guard let result = values[plan.extents.count - 1] else { throw .input("the network has no output") }
        return result
    }

    /// Gives the memory of all results back to the runner.
    func release() {
        for map in values.values { runner.buffers.release(map.buffer) }
        values.removeAll()
    }

    /// Drops the results of the last input and loads the next one.
    private func prepare(for input: Tensor) throws(FloatEngineError) {
        try runner.requireFits(input)
        release()
        shapes = try plan.shapes(samples: input.dimensions[0], height: input.dimensions[1], width: input.dimensions[2])
        values[0] = try runner.loaded(input, shape: shapes[0])
    }

    /// Returns the memory of a step's result: that of the map it takes over, or other memory.
    private func output(of step: GraphPlan.Step, named name: String) throws(FloatEngineError) -> FeatureMap {
        let shape = shapes[step.output]
        if let node = step.takesOver, !keeps.contains(node), let map = values.removeValue(forKey: node) {
            return FeatureMap(shape: shape, buffer: map.buffer)
        }
        return FeatureMap(shape: shape, buffer: try runner.buffers.acquire(shape.count, for: name))
    }
}

extension GraphPlan {
    /// Returns the shape of every node's result for an input of `samples × height × width`.
    /// - Throws: `.input` where one of them could not be counted.
    func shapes(samples: Int, height: Int, width: Int) throws(FloatEngineError) -> [Shape] {
        var shapes: [Shape] = []
        for extent in extents {
            guard let shape = extent.shape(samples: samples, height: height, width: width) else {
                throw .input("an input of \(width)×\(height) is too large")
            }
            shapes.append(shape)
        }
        return shapes
    }
}
