import Networks
import Tensors

/// The order of work for a graph: which nodes run as one step, and how often each result is read.
struct GraphPlan {
    struct Step {
        /// The node that does the work.
        var node: Int
        /// The node whose result comes out: a later one where operations are fused into a convolution.
        var output: Int
        /// Nodes whose results are read.
        var inputs: [Int]
        var relu = false
        var shuffle = 1
        /// The result is added to this node's result, in its memory.
        var accumulatesInto: Int?
    }

    let steps: [Step]
    /// How many steps read each node's result; the network's output counts once more.
    let uses: [Int]
    /// By convolution: the factor of the pixel shuffle that is its only reader; such a convolution stores its channels in
    /// shuffle order.
    let shuffles: [Int: Int]

    /// - Parameters:
    ///   - separate: convolutions whose own result must come out, because somebody looks at it.
    ///   - overwrites: whether a convolution may add its result to another map in place.
    init(_ network: Network, separate: Set<Int> = [], overwrites: Bool = true) {
        let nodes = network.nodes
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }

        var shuffles: [Int: Int] = [:]
        for (index, node) in nodes.enumerated() {
            if case .convolution = node.operation, readers[index].count == 1,
                case .pixelShuffle(let factor) = nodes[readers[index][0]].operation
            {
                shuffles[index] = factor
            }
        }

        var absorbed = Set<Int>()
        var steps: [Step] = []
        for (index, node) in nodes.enumerated() where !absorbed.contains(index) {
            if case .input = node.operation { continue }
            var step = Step(node: index, output: index, inputs: node.inputs)
            if case .convolution = node.operation, readers[index].count == 1, !separate.contains(index) {
                let reader = readers[index][0]
                switch nodes[reader].operation {
                case .relu:
                    step.relu = true
                    step.output = reader
                case .pixelShuffle(let factor):
                    step.shuffle = factor
                    step.output = reader
                case .add where overwrites:
                    // Only where this is the last reader of the other operand, which is then overwritten, and where that
                    // operand is there in time and is not the caller's own input.
                    let other = nodes[reader].inputs.first { $0 != index } ?? index
                    if other < index, other != 0, readers[other].max() == reader, nodes[reader].inputs.count == 2,
                        !node.inputs.contains(other)
                    {
                        step.accumulatesInto = other
                        step.output = reader
                        step.inputs.append(other)
                    }
                default: break
                }
                if step.output != index { absorbed.insert(step.output) }
            }
            steps.append(step)
        }
        var uses = [Int](repeating: 0, count: nodes.count)
        for step in steps { for input in step.inputs { uses[input] += 1 } }
        uses[nodes.count - 1] += 1
        self.steps = steps
        self.uses = uses
        self.shuffles = shuffles
    }
}

extension Network {
    /// The shape of every node's result for an input of `samples × height × width`.
    func shapes(samples: Int, height: Int, width: Int) throws(FloatEngineError) -> [Shape] {
        var shapes: [Shape] = []
        for node in nodes {
            let inputs = node.inputs.map { shapes[$0] }
            var shape = inputs.first ?? Shape(samples: samples, height: height, width: width, channels: 0)
            switch node.operation {
            case .input(let channels): shape.channels = channels
            case .convolution(let convolution): shape.channels = convolution.outputs
            case .concatenate: shape.channels = inputs.map(\.channels).reduce(0, +)
            case .pixelShuffle(let factor):
                shape = Shape(
                    samples: samples, height: shape.height * factor, width: shape.width * factor,
                    channels: shape.channels / (factor * factor))
            case .resizeBilinear(let factor):
                shape.height *= factor
                shape.width *= factor
            case .affine, .relu, .leakyRelu, .prelu, .add, .multiply, .tanh: break
            }
            let (area, overflow) = shape.height.multipliedReportingOverflow(by: shape.width)
            let (count, overflow2) = area.multipliedReportingOverflow(by: shape.channels * shape.samples)
            guard !overflow, !overflow2, count <= Int.max / 8 else {
                throw .input("an input of \(width)×\(height) is too large")
            }
            shapes.append(shape)
        }
        return shapes
    }
}
