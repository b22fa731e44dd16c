/// The order of work for a graph, the one place where it is decided what is done together: both engines read it.
///
/// A convolution absorbs the ReLU, the pixel shuffle or the addition that alone reads its result. What else follows a convolution
/// is a step of its own here; an engine may still do it on rows that it has at hand, since that is no other arithmetic.
package struct GraphPlan: Sendable {
    /// One piece of the work: a node and what is fused to it.
    package struct Step: Sendable {
        /// The node that does the work.
        package var node: Int
        /// The node whose result comes out: a later one where operations are fused into a convolution.
        package var output: Int
        /// The nodes whose results are read.
        package var inputs: [Int]
        /// Whether negative results of a convolution become 0 at once.
        package var relu = false
        /// The factor of the pixel shuffle that a convolution does itself; 1 where it does none.
        package var shuffle = 1
        /// The node to whose result the step's result is added, in that node's memory; nil where nothing is added.
        package var accumulatesInto: Int?
        /// The node whose result is added to the step's result, in memory of its own; nil where nothing is.
        package var adds: Int?
        /// The node whose memory the result takes: nobody reads that node's result afterwards, and the step can work in place. Nil
        /// where the result needs memory of its own.
        package var takesOver: Int?
        /// The nodes whose results nobody reads after this step.
        package var ends: [Int] = []
    }

    /// The steps in execution order.
    package let steps: [Step]
    /// The size of every node's result, by node index.
    package let extents: [Extent]
    /// The nodes that read each node's result, by node index; one that reads it twice is there twice.
    package let readers: [[Int]]
    /// The factor of the pixel shuffle that is a convolution's only reader, by the convolution's node; such a convolution stores
    /// its channels in shuffle order.
    package let shuffles: [Int: Int]
    /// The index into `steps`, by the node that does the work.
    private let stepByNode: [Int: Int]

    /// Makes the plan of a network.
    /// - Parameters:
    ///   - network: one that can be run (`Network.validate`).
    ///   - separate: nodes whose own result must come out, because somebody looks at it; such a convolution absorbs nothing, and
    ///     such an addition is not absorbed where nothing is overwritten.
    ///   - overwrites: whether a convolution that absorbs an addition adds its result to the other map in place, or leaves that map
    ///     as it is, for who reads it later.
    package init(_ network: Network, separate: Set<Int> = [], overwrites: Bool = true) {
        readers = network.readers
        extents = network.extents
        var shuffles: [Int: Int] = [:]
        for index in network.layers {
            if let reader = readers[index].only, case .pixelShuffle(let factor) = network.nodes[reader].operation {
                shuffles[index] = factor
            }
        }
        self.shuffles = shuffles

        var absorbed = Set<Int>()
        var steps: [Step] = []
        for (index, node) in network.nodes.enumerated() where !absorbed.contains(index) {
            if case .input = node.operation { continue }
            var step = Step(node: index, output: index, inputs: node.inputs)
            if case .convolution = node.operation, !separate.contains(index), let reader = readers[index].only {
                step.absorb(reader, of: network, readers, separate: separate, overwrites: overwrites)
                if step.output != index { absorbed.insert(step.output) }
            }
            steps.append(step)
        }
        Self.noteMemory(&steps, network)
        self.steps = steps
        stepByNode = Dictionary(uniqueKeysWithValues: steps.indices.map { (steps[$0].node, $0) })
    }

    /// Returns the step in which a node does the work; nil for the input and for what another node absorbs.
    package func step(of node: Int) -> Step? { stepByNode[node].map { steps[$0] } }

    /// Notes where each result is read last, and which steps may then work in its memory.
    private static func noteMemory(_ steps: inout [Step], _ network: Network) {
        var uses = [Int](repeating: 0, count: network.nodes.count)
        for step in steps { for input in step.inputs { uses[input] += 1 } }
        // The caller reads the network's output, so that it never ends.
        uses[network.nodes.count - 1] += 1
        for index in steps.indices {
            let step = steps[index]
            if let other = step.accumulatesInto {
                steps[index].takesOver = other
            } else if network.nodes[step.node].operation.isPointwise, uses[step.inputs[0]] == 1 {
                steps[index].takesOver = step.inputs[0]
            }
            for input in step.inputs {
                uses[input] -= 1
                if uses[input] == 0 { steps[index].ends.append(input) }
            }
        }
    }
}

extension GraphPlan.Step {
    /// Lets a convolution do what its only reader does, where it can.
    fileprivate mutating func absorb(
        _ reader: Int, of network: Network, _ readers: [[Int]], separate: Set<Int>, overwrites: Bool
    ) {
        switch network.nodes[reader].operation {
        case .relu: relu = true
        case .pixelShuffle(let factor): shuffle = factor
        case .add:
            // The other operand has to be there by then.
            let operands = network.nodes[reader].inputs
            guard operands.count == 2, let other = operands.first(where: { $0 != node }), other < node, !inputs.contains(other)
            else { return }
            if overwrites {
                // Nobody else may read it from then on, and it must not be the caller's own input.
                guard other != 0, readers[other].allSatisfy({ $0 < node || $0 == reader }) else { return }
                accumulatesInto = other
            } else {
                guard !separate.contains(reader) else { return }
                adds = other
            }
            inputs.append(other)
        default: return
        }
        output = reader
    }
}

extension Network {
    /// The nodes that read each node's result, by node index.
    fileprivate var readers: [[Int]] {
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        return readers
    }
}

extension Operation {
    /// Whether each number of the result depends on nothing but the numbers at its place, so that the result may take the
    /// memory of the first input.
    fileprivate var isPointwise: Bool {
        switch self {
        case .affine, .relu, .leakyRelu, .prelu, .add, .multiply, .tanh: true
        case .input, .convolution, .concatenate, .pixelShuffle, .resizeBilinear: false
        }
    }
}

extension Array {
    /// The element of an array that has one; nil where there are none or several.
    package var only: Element? { count == 1 ? self[0] : nil }
}
