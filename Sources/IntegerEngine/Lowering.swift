import CKernels
import FloatEngine
import Networks
import QuantizedNetworks

/// Cuts a graph into steps: each convolution with whatever can follow on its rows, and what is left over.
struct Lowering {
    private let network: Network
    private var readers: [[Int]]
    private(set) var steps: [IntegerProgram.Step] = []
    private(set) var layers: [Layer] = []
    /// By node: the step whose result it is.
    private var stepOf: [Int: Int] = [:]
    /// By node: the layer that is made of this convolution.
    private var layerOf: [Int: Int] = [:]
    private var absorbed = Set<Int>()

    init(
        _ network: Network, _ integers: [Int: IntegerForm], _ overrides: [Int: ConvolutionOverride], sharing known: [Layer],
        _ kernels: srq_kernel_table
    ) throws(IntegerEngineError) {
        self.network = network
        readers = [[Int]](repeating: [], count: network.nodes.count)
        for (index, node) in network.nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        let inFloat = network.layers.filter { integers[$0] == nil }
        let convolutions = FloatConvolution.all(of: network, nodes: inFloat, overrides: overrides)
        for node in network.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation else { continue }
            let name = network.nodes[node].name
            layerOf[node] = layers.count
            if let layer = integers[node] {
                var shared: PackedLayer?
                if known.indices.contains(layers.count), case .integers(let layer) = known[layers.count] { shared = layer }
                layers.append(
                    .integers(
                        try PackedLayer(
                            name: name, layer, convolution, shuffle: shuffle(after: node), sharing: shared, kernels: kernels)))
            } else if let convolution = convolutions[node], let number = inFloat.firstIndex(of: node) {
                layers.append(.float(FloatLayer(convolution: convolution, input: overrides[node]?.input, number: number)))
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
            || readers[concatenation].contains { reader in
                switch network.nodes[reader].operation {
                case .convolution, .concatenate: false
                default: true
                }
            }
    }

    /// The factor of the pixel shuffle that is the only reader of a node.
    private func shuffle(after node: Int) -> Int? {
        guard readers[node].count == 1, case .pixelShuffle(let factor) = network.nodes[readers[node][0]].operation else {
            return nil
        }
        return factor
    }

    /// The nodes whose channels, in this order, are a node's: more than one where it concatenates and is nowhere as such.
    private func parts(of node: Int) -> [Int] {
        guard case .concatenate = network.nodes[node].operation, !isMade(node) else { return [node] }
        return network.nodes[node].inputs.flatMap { parts(of: $0) }
    }

    private mutating func addStep(startingAt first: Int) throws(IntegerEngineError) {
        var step = try started(at: first)
        var current = first
        while readers[current].count == 1, !absorbed.contains(readers[current][0]) {
            let reader = readers[current][0]
            if case .pixelShuffle(let factor) = network.nodes[reader].operation {
                guard step.shuffle == 1, case .layer = step.source, shuffle(after: first) != nil else { break }
                step.shuffle = factor
            } else {
                guard let operation = operation(of: reader, after: current, in: step) else { break }
                step.operations.append(operation)
            }
            absorbed.insert(reader)
            current = reader
        }
        stepOf[current] = steps.count
        step.sinks = sinks(of: current)
        if case .layer(let layer) = step.source, case .float(let layer) = layers[layer], !layer.isFused(as: step) {
            throw .unsupported(node: network.nodes[first].name)
        }
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
        switch node.operation {
        case .input(let channels): return .init(source: .input, channels: channels, scale: 1)
        case .convolution:
            let read = try values(parts(of: node.inputs[0]))
            guard let layer = layerOf[index], let first = read.first else { throw .unsupported(node: node.name) }
            return .init(source: .layer(layer), channels: layers[layer].outputs, scale: steps[first].scaleAfter)
        case .concatenate:
            let parts = try values(node.inputs.flatMap { self.parts(of: $0) })
            guard let first = parts.first else { throw .unsupported(node: node.name) }
            return .init(
                source: .concatenation(parts), channels: parts.reduce(0) { $0 + steps[$1].channelsAfter },
                scale: steps[first].scaleAfter)
        default:
            let read = try values(node.inputs)
            guard let value = read.first else { throw .unsupported(node: node.name) }
            var step = IntegerProgram.Step(
                source: .value(value), channels: steps[value].channelsAfter, scale: steps[value].scaleAfter)
            switch node.operation {
            case .resizeBilinear(let factor):
                step.source = .enlarged(value, factor: factor)
                step.scale *= factor
            case .pixelShuffle(let factor):
                step.operations = [.reorder(WeightLayout.shuffleOrder(outputs: step.channels, factor: factor))]
                step.shuffle = factor
            case .add: step.operations = read.dropFirst().map { .add(value: $0) }
            default:
                guard let own = operation(of: index, after: node.inputs[0], in: step) else { throw .unsupported(node: node.name) }
                step.operations = [own]
            }
            return step
        }
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
            for reader in Set(readers[current]).sorted() {
                switch network.nodes[reader].operation {
                case .convolution:
                    var channel = 0
                    for part in parts(of: current) {
                        if part == node, let layer = layerOf[reader] { sinks.append(.layer(layer, channel: channel)) }
                        channel += channels(of: part)
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

    private func channels(of node: Int) -> Int {
        let operation = network.nodes[node].operation
        let inputs = network.nodes[node].inputs
        switch operation {
        case .input(let channels): return channels
        case .convolution(let convolution): return convolution.outputs
        case .pixelShuffle(let factor): return channels(of: inputs[0]) / (factor * factor)
        case .concatenate: return inputs.reduce(0) { $0 + channels(of: $1) }
        default: return channels(of: inputs[0])
        }
    }
}

extension IntegerProgram.Step {
    fileprivate var channelsAfter: Int { channels / (shuffle * shuffle) }
    fileprivate var scaleAfter: Int { scale * shuffle }
}

extension FloatLayer {
    /// Whether what the convolution does itself is what the step does first.
    fileprivate func isFused(as step: IntegerProgram.Step) -> Bool {
        guard convolution.shuffle == step.shuffle else { return false }
        return switch step.operations.first {
        case .relu: !convolution.accumulates
        case .add: !convolution.relu
        default: !convolution.relu && !convolution.accumulates
        }
    }
}
