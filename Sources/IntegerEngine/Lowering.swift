import CKernels
import FloatEngine
import Networks
import QuantizedNetworks
import Tensors

/// Cuts a graph into steps: each convolution with whatever can follow on its rows, and what is left over. What a convolution
/// does itself is the plan's decision; what follows on the rows, and where they go, is decided here.
struct Lowering {
    private let network: Network
    private let plan: GraphPlan
    private(set) var steps: [IntegerProgram.Step] = []
    private(set) var layers: [Layer] = []
    /// By node: the step whose result it is.
    private var stepOf: [Int: Int] = [:]
    /// By node: the layer that is made of this convolution.
    private var layerOf: [Int: Int] = [:]
    private var absorbed = Set<Int>()

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
                // Rows arrive channel by channel where maps are concatenated, and never as a whole map.
                let input = overrides[node]?.input
                guard !(input is any ChannelwiseFunction), !(input is any WholeMapFunction) else { throw .unsupported(node: name) }
                let float = FloatConvolution(name: name, convolution, step, overrides[node], precision: precision)
                layers.append(.float(FloatLayer(convolution: float, input: input, number: inFloat)))
                inFloat += 1
            }
        }
    }

    mutating func run() throws(IntegerEngineError) {
        for node in network.nodes.indices where !absorbed.contains(node) {
            if case .concatenate = network.nodes[node].operation, !isMade(node) { continue }
            try addStep(startingAt: node)
        }
    }

    /// Whether a concatenation has to be somewhere as such: what only convolutions read is written to where they read it.
    private func isMade(_ concatenation: Int) -> Bool {
        concatenation == network.nodes.count - 1
            || plan.readers[concatenation].contains { reader in
                switch network.nodes[reader].operation {
                case .convolution, .concatenate: false
                default: true
                }
            }
    }

    /// The nodes whose channels, in this order, are a node's: more than one where it concatenates and is nowhere as such.
    private func parts(of node: Int) -> [Int] {
        guard case .concatenate = network.nodes[node].operation, !isMade(node) else { return [node] }
        return network.nodes[node].inputs.flatMap { parts(of: $0) }
    }

    private mutating func addStep(startingAt first: Int) throws(IntegerEngineError) {
        var step = try started(at: first)
        // What a convolution absorbs comes first.
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

    private func started(at index: Int) throws(IntegerEngineError) -> IntegerProgram.Step {
        let node = network.nodes[index]
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

    /// What `node` does to rows of `step`, of which `current` was the last node; nil where it does not fit.
    private func operation(of node: Int, after current: Int, in step: IntegerProgram.Step) -> IntegerProgram.Operation? {
        /// After a shuffle rows still lie in the order before it, where each channel comes r² times.
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

    private func sinks(of node: Int) -> [IntegerProgram.Sink] {
        var sinks: [IntegerProgram.Sink] = []
        var isKept = false
        var seen = Set<Int>()
        /// `current` is the node or a concatenation that has it among its parts.
        func visit(readersOf current: Int) {
            for reader in Set(plan.readers[current]).sorted() {
                switch network.nodes[reader].operation {
                case .convolution:
                    var channel = 0
                    for part in parts(of: current) {
                        if part == node, let layer = layerOf[reader] { sinks.append(.layer(layer, channel: channel)) }
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
