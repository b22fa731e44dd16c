import CKernels
import FloatEngine
import Networks
import Quantizers

/// Cuts a graph into steps: each convolution with whatever can follow on its rows, and what is left over.
struct Lowering {
    private let network: Network
    private let integers: [Int: IntegerLayer]
    private var readers: [[Int]]
    private(set) var steps: [IntegerProgram.Step] = []
    private(set) var layers: [PackedLayer] = []
    /// By node: the step whose result it is.
    private var stepOf: [Int: Int] = [:]
    /// By node: the layer that is made of this convolution.
    private var layerOf: [Int: Int] = [:]
    private var absorbed = Set<Int>()

    init(_ network: Network, _ integers: [Int: IntegerLayer], _ kernels: srq_kernel_table) throws(IntegerEngineError) {
        (self.network, self.integers) = (network, integers)
        readers = [[Int]](repeating: [], count: network.nodes.count)
        for (index, node) in network.nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        for node in network.layers {
            guard case .convolution(let convolution) = network.nodes[node].operation else { continue }
            guard let layer = integers[node] else { throw .inFloat(layer: network.nodes[node].name) }
            layerOf[node] = layers.count
            layers.append(
                try PackedLayer(
                    name: network.nodes[node].name, layer, convolution, shuffle: shuffle(after: node), kernels: kernels))
        }
    }

    mutating func run() throws(IntegerEngineError) {
        for node in network.nodes.indices where !absorbed.contains(node) {
            if case .concatenate = network.nodes[node].operation { continue }
            try addStep(startingAt: node)
        }
    }

    /// The factor of the pixel shuffle that is the only reader of a node.
    private func shuffle(after node: Int) -> Int? {
        guard readers[node].count == 1, case .pixelShuffle(let factor) = network.nodes[readers[node][0]].operation else {
            return nil
        }
        return factor
    }

    /// The nodes whose channels, in this order, are a node's: more than one where it concatenates.
    private func parts(of node: Int) -> [Int] {
        guard case .concatenate = network.nodes[node].operation else { return [node] }
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
                if case .add(let value) = operation { step.lag = max(step.lag, lag(ofValue: value)) }
            }
            absorbed.insert(reader)
            current = reader
        }
        stepOf[current] = steps.count
        step.sinks = try sinks(of: current)
        steps.append(step)
    }

    private func started(at node: Int) throws(IntegerEngineError) -> IntegerProgram.Step {
        let operation = network.nodes[node].operation
        switch operation {
        case .input(let channels): return .init(source: .input, channels: channels, scale: 1)
        case .convolution:
            guard let layer = layerOf[node] else { throw .inFloat(layer: network.nodes[node].name) }
            var (lag, scale) = (0, 1)
            for part in parts(of: network.nodes[node].inputs[0]) {
                guard let step = stepOf[part].map({ steps[$0] }) else { throw .unsupported(node: network.nodes[node].name) }
                lag = max(lag, step.lag * step.shuffle)
                scale = step.scale * step.shuffle
            }
            return .init(
                source: .layer(layer), channels: layers[layer].outputs, scale: scale, lag: lag + layers[layer].kernel / 2)
        default:
            guard let input = network.nodes[node].inputs.first, let value = stepOf[input] else {
                throw .unsupported(node: network.nodes[node].name)
            }
            let read = steps[value]
            var step = IntegerProgram.Step(
                source: .value(value), channels: read.channels / (read.shuffle * read.shuffle), scale: read.scale * read.shuffle,
                lag: lag(ofValue: value))
            guard let own = self.operation(of: node, after: input, in: step) else {
                throw .unsupported(node: network.nodes[node].name)
            }
            step.operations = [own]
            if case .add(let other) = own { step.lag = max(step.lag, lag(ofValue: other)) }
            return step
        }
    }

    private func lag(ofValue value: Int) -> Int { steps[value].lag * steps[value].shuffle }

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
            let others = network.nodes[node].inputs.filter { $0 != current }
            guard step.shuffle == 1, others.count == 1, let value = stepOf[others[0]] else { return nil }
            return .add(value: value)
        case .input, .convolution, .concatenate, .pixelShuffle, .resizeBilinear: return nil
        }
    }

    private func sinks(of node: Int) throws(IntegerEngineError) -> [IntegerProgram.Sink] {
        var sinks: [IntegerProgram.Sink] = []
        var isKept = false
        func visit(_ reader: Int, channel: Int) throws(IntegerEngineError) {
            switch network.nodes[reader].operation {
            case .convolution:
                guard let layer = layerOf[reader] else { throw .inFloat(layer: network.nodes[reader].name) }
                sinks.append(.layer(layer, channel: channel))
            case .concatenate: throw .unsupported(node: network.nodes[reader].name)
            default: isKept = true
            }
        }
        for reader in readers[node] {
            if case .concatenate = network.nodes[reader].operation {
                for (channel, final) in try finalReaders(of: reader, part: node) { try visit(final, channel: channel) }
            } else {
                try visit(reader, channel: 0)
            }
        }
        if isKept { sinks.append(.value) }
        if node == network.nodes.count - 1 { sinks.append(.output) }
        return sinks
    }

    /// Who reads a concatenation, through further ones, and where the channels of `part` lie in what they read.
    private func finalReaders(of concatenation: Int, part: Int) throws(IntegerEngineError) -> [(channel: Int, reader: Int)] {
        var found: [(channel: Int, reader: Int)] = []
        for reader in readers[concatenation] {
            if case .concatenate = network.nodes[reader].operation {
                found += try finalReaders(of: reader, part: part)
            } else {
                guard case .convolution = network.nodes[reader].operation else {
                    throw .unsupported(node: network.nodes[concatenation].name)
                }
                var channel = 0
                for other in parts(of: network.nodes[reader].inputs[0]) {
                    if other == part { found.append((channel, reader)) }
                    channel += try channels(of: other)
                }
            }
        }
        return found
    }

    /// - Precondition: not a concatenation.
    private func channels(of node: Int) throws(IntegerEngineError) -> Int {
        switch network.nodes[node].operation {
        case .input(let channels): return channels
        case .convolution(let convolution): return convolution.outputs
        case .pixelShuffle(let factor): return try channels(of: network.nodes[node].inputs[0]) / (factor * factor)
        case .concatenate: throw .unsupported(node: network.nodes[node].name)
        default: return try channels(of: network.nodes[node].inputs[0])
        }
    }
}
