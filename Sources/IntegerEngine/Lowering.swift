import CKernels
import FloatEngine
import Networks
import QuantizedNetworks
import Tensors

/// The translation of a graph into steps that rows flow through: each convolution with the operations that can follow on its
/// rows, and steps of their own for the remaining nodes. `GraphPlan` decides which operations a convolution does itself; the
/// lowering decides what follows on its rows, and where they go.
struct Lowering {
    private let network: Network
    private let plan: GraphPlan
    private(set) var steps: [IntegerProgram.Step] = []
    private(set) var layers: [Layer] = []
    /// The step whose result a node is, by node.
    private var stepOf: [Int: Int] = [:]
    /// The layer that is made of a convolution, by node.
    private var layerOf: [Int: Int] = [:]
    /// The nodes that are part of the step of an earlier node.
    private var absorbed = Set<Int>()

    /// Makes the layers of a network; `run` makes the steps.
    /// - Parameters:
    ///   - integers: The integer forms of the layers that run in whole numbers, by node.
    ///   - overrides: What the float engine does instead of plain convolutions, by node.
    ///   - known: The layers of a program of the same network with the same codes, whose weights are shared, or none.
    ///   - forced: The format that all layers in whole numbers have to have; nil leaves the choice to each layer.
    init(
        _ network: Network, _ integers: [Int: IntegerForm], _ overrides: [Int: ConvolutionOverride],
        _ precision: Precision, sharing known: [Layer], _ kernels: srq_kernel_table, forced: LayerFormat? = nil
    ) throws(IntegerEngineError) {
        self.network = network
        plan = GraphPlan(network)
        var inFloat = 0
        for node in network.layers {
            guard let step = plan.step(of: node), case .convolution(let convolution) = network.nodes[node].operation else {
                continue
            }
            let name = network.nodes[node].name
            layerOf[node] = layers.count
            if let layer = integers[node] {
                var shared: PackedLayer?
                if known.indices.contains(layers.count), case .integers(let layer) = known[layers.count] { shared = layer }
                layers.append(
                    .integers(
                        try PackedLayer(
                            name: name, layer, convolution, shuffle: plan.shuffles[node], sharing: shared, kernels: kernels,
                            forced: forced)))
            } else {
                // Rows never arrive as a whole map.
                let input = overrides[node]?.input
                guard !(input is any WholeMapFunction) else { throw .unsupported(node: name) }
                let float = FloatConvolution(name: name, convolution, step, overrides[node], precision: precision)
                layers.append(.float(FloatLayer(convolution: float, input: input, number: inFloat)))
                inFloat += 1
            }
        }
    }

    /// Makes the steps, in the order of the nodes that they begin at.
    mutating func run() throws(IntegerEngineError) {
        for node in network.nodes.indices where !absorbed.contains(node) {
            if case .concatenate = network.nodes[node].operation, !isMade(node) { continue }
            try addStep(startingAt: node)
        }
    }

    /// Whether a concatenation needs a step that puts its channels side by side. It does not where only convolutions read it: then
    /// each part is written straight to its channels of their inputs.
    private func isMade(_ concatenation: Int) -> Bool {
        concatenation == network.nodes.count - 1
            || plan.readers[concatenation].contains { reader in
                switch network.nodes[reader].operation {
                case .convolution, .concatenate: false
                default: true
                }
            }
    }

    /// Returns the nodes whose channels, in this order, are the channels of `node`: `node` itself, or the parts of a
    /// concatenation that has no step of its own.
    private func parts(of node: Int) -> [Int] {
        guard case .concatenate = network.nodes[node].operation, !isMade(node) else { return [node] }
        return network.nodes[node].inputs.flatMap { parts(of: $0) }
    }

    /// Adds the step that begins at node `first` and takes as many of the nodes behind it as can follow on its rows.
    private mutating func addStep(startingAt first: Int) throws(IntegerEngineError) {
        var step = try started(at: first)
        // The operations that the plan gives to a convolution come first.
        var current = plan.step(of: first)?.output ?? first
        if current != first { absorbed.insert(current) }
        while let reader = plan.readers[current].only, !absorbed.contains(reader),
            let operation = operation(of: reader, after: current, in: step)
        {
            step.operations.append(operation)
            absorbed.insert(reader)
            current = reader
        }
        stepOf[current] = steps.count
        step.sinks = sinks(of: current)
        steps.append(step)
    }

    /// Returns the step that begins at node `index`, with its source and the operations of the node itself.
    private func started(at index: Int) throws(IntegerEngineError) -> IntegerProgram.Step {
        let node = network.nodes[index]
        /// Returns the steps whose results the nodes are.
        func values(_ nodes: some Sequence<Int>) throws(IntegerEngineError) -> [Int] {
            var result: [Int] = []
            for node in nodes {
                guard let value = stepOf[node] else { throw .unsupported(node: network.nodes[index].name) }
                result.append(value)
            }
            return result
        }
        let extent = plan.extents[index]
        var step = IntegerProgram.Step(source: .input, channels: extent.channels, scale: extent.scale)
        switch node.operation {
        case .input: return step
        case .convolution:
            guard let layer = layerOf[index], let planned = plan.step(of: index) else { throw .unsupported(node: node.name) }
            // The rows that it reads have to be made before.
            _ = try values(parts(of: node.inputs[0]))
            step.source = .layer(layer)
            step.shuffle = planned.shuffle
            if planned.relu { step.operations = [.relu] }
            if let other = planned.accumulatesInto { step.operations = try values([other]).map { .add(value: $0) } }
            return step
        case .concatenate:
            step.source = .concatenation(try values(node.inputs.flatMap { parts(of: $0) }))
            return step
        default: break
        }
        let read = try values(node.inputs)
        guard let value = read.first else { throw .unsupported(node: node.name) }
        step.source = .value(value)
        switch node.operation {
        case .resizeBilinear(let factor): step.source = .enlarged(value, factor: factor)
        case .pixelShuffle(let factor):
            // The step's size is that of its rows before the shuffle.
            let input = plan.extents[node.inputs[0]]
            (step.channels, step.scale, step.shuffle) = (input.channels, input.scale, factor)
            step.operations = [.reorder(WeightLayout.shuffleOrder(outputs: input.channels, factor: factor))]
        case .add: step.operations = read.dropFirst().map { .add(value: $0) }
        default:
            guard let own = operation(of: index, after: node.inputs[0], in: step) else { throw .unsupported(node: node.name) }
            step.operations = [own]
        }
        return step
    }

    /// Returns the operation of `node` on the rows of `step`, whose last node so far is `current`; nil where it cannot follow
    /// on rows.
    private func operation(of node: Int, after current: Int, in step: IntegerProgram.Step) -> IntegerProgram.Operation? {
        /// Returns a number for each channel before the pixel shuffle: until they are stored, rows are in the order before it,
        /// in which each channel comes r² times.
        func spread(_ values: [Float]) -> [Float] {
            values.count == 1 ? values : (0..<step.shuffle * step.shuffle).flatMap { _ in values }
        }
        switch network.nodes[node].operation {
        case .relu: return .relu
        case .leakyRelu(let slope): return .prelu(slopes: [slope])
        case .prelu(let slopes): return .prelu(slopes: spread(slopes))
        case .affine(let scale, let shift): return .affine(scale: spread(scale), shift: spread(shift))
        case .multiply(let factor): return .multiply(factor)
        case .tanh: return .tanh
        case .add:
            // The other operand has to be there already.
            let inputs = network.nodes[node].inputs
            guard step.shuffle == 1, inputs.count == 2, let other = inputs.first(where: { $0 != current }),
                let value = stepOf[other]
            else { return nil }
            return .add(value: value)
        case .input, .convolution, .concatenate, .pixelShuffle, .resizeBilinear: return nil
        }
    }

    /// Returns the places that the rows of `node` go to: the layers that read it, also by way of concatenations; the step's own
    /// ring if anything else reads it, layers in float among them that read it as it is; and the output if it is the network's
    /// last node.
    private mutating func sinks(of node: Int) -> [IntegerProgram.Sink] {
        var sinks: [IntegerProgram.Sink] = []
        var isKept = false
        var seen = Set<Int>()
        /// Collects the sinks for the readers of `current`, which is the node or a concatenation that has it among its parts.
        func visit(readersOf current: Int) {
            for reader in Set(plan.readers[current]).sorted() {
                switch network.nodes[reader].operation {
                case .convolution:
                    guard let layer = layerOf[reader] else { continue }
                    if current == node, case .float(var float) = layers[layer], float.input == nil {
                        float.reads = stepOf[node]
                        layers[layer] = .float(float)
                        isKept = true
                        continue
                    }
                    var channel = 0
                    for part in parts(of: current) {
                        if part == node { sinks.append(.layer(layer, channel: channel)) }
                        channel += plan.extents[part].channels
                    }
                case .concatenate where !isMade(reader): if seen.insert(reader).inserted { visit(readersOf: reader) }
                default: isKept = true
                }
            }
        }
        visit(readersOf: node)
        if isKept { sinks.append(.value) }
        if node == network.nodes.count - 1 { sinks.append(.output) }
        return sinks
    }
}
