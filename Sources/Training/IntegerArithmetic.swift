import FloatEngine
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
import Synchronization
import Tensors

/// The part of training that computes a student's convolutions in whole numbers: inputs are the integers of their grids and
/// weights their codes, so that results are exact; gradients, and the directions that weights move in with their ranges, are
/// rounded to as many steps as exact sums allow.
///
/// Layers that cannot (other kernels than 3×3, channels that are no whole blocks, scales of input channels, processors without
/// such kernels) stay with oneDNN. Used by one thread at a time.
final class IntegerArithmetic {
    /// A layer's weights as they were last packed.
    private struct Packed: Sendable {
        let weight: SymmetricWeightQuantizer
        let forward: IntegerConvolution
        let inputGradient: IntegerConvolution?
    }

    private let network: Network
    private let student: TrainingExecutor
    private let pool: ThreadPool
    /// The convolutions that each layer has at present, by node.
    private var packed: [Int: Packed] = [:]
    /// The layers whose parameters have changed since the last `update`, by node.
    private var changed: [Int: LayerQuantization] = [:]

    /// Makes it for a student's network; no layer computes in whole numbers until `change` and `update` say so.
    init(network: Network, student: TrainingExecutor, pool: ThreadPool) {
        (self.network, self.student, self.pool) = (network, student, pool)
    }

    /// Notes a layer's new parameters, which the next `update` takes over.
    /// - Parameter layer: one whose activation is on an integer grid.
    func change(_ node: Int, _ layer: LayerQuantization) { changed[node] = layer }

    /// Brings the student up to date. Packing weights costs about as much as a layer of a small patch, so layers are shared out.
    func update() {
        let work = changed.keys.sorted().compactMap { node in changed[node].map { (node: node, layer: $0, old: packed[node]) } }
        changed = [:]
        let results = Mutex<[Int: Packed]>([:])
        let shuffles = work.map { student.shuffle($0.node) }
        let network = network
        pool.run(pieces: work.count) { piece, _ in
            let (node, layer, old) = work[piece]
            let made = Self.packed(network.nodes[node], layer, shuffle: shuffles[piece], old: old)
            results.withLock { $0[node] = made }
        }
        let made = results.withLock { $0 }
        for (node, layer, _) in work {
            packed[node] = made[node]
            // oneDNN computes this layer, in whole or for the gradient alone.
            if made[node]?.inputGradient == nil, case .convolution(let convolution) = network.nodes[node].operation,
                let weights = layer.effectiveWeights(of: convolution)
            {
                student.setWeights(weights, node: node)
            }
            student.setSubstitutes(made[node].flatMap { Self.substitutes($0, layer) }, node: node)
        }
    }

    /// Returns a layer's convolutions in whole numbers; nil where it cannot have any. What `old` packed is kept while the weights
    /// are the same.
    private static func packed(_ node: Node, _ layer: LayerQuantization, shuffle: Int?, old: Packed?) -> Packed? {
        guard case .convolution(let convolution) = node.operation, let weight = layer.weight as? SymmetricWeightQuantizer,
            let activation = layer.activation, let grid = activation.integerGrid, layer.inputScales == nil
        else { return nil }
        let (outputs, inputs) = (convolution.outputs, convolution.inputs)
        func stored<Value>(_ values: [Value]) -> [Value] {
            WeightLayout.stored(values, outputs: outputs, shuffle: shuffle)
        }
        let steps = stored((0..<outputs).map { weight[weight.groups == 1 ? 0 : $0].step })
        let scales = steps.map { $0 * grid.unit }
        if let old, old.weight == weight {
            return IntegerConvolution(old.forward, reading: .levels(of: activation), scales: scales).map {
                Packed(weight: weight, forward: $0, inputGradient: old.inputGradient)
            }
        }
        let codes = stored(weight.codes(convolution.weight.values).map(Int16.init))
        guard
            let forward = IntegerConvolution(
                codes: codes, outputs: outputs, inputs: inputs, reading: .levels(of: activation), scales: scales,
                bias: convolution.bias.map(stored))
        else { return nil }
        let turned = WeightLayout.transposed(codes, outputs: outputs, inputs: inputs, kernel: convolution.kernel)
        let largest = IntegerConvolution.largestRounding(codes: turned, outputs: inputs)
        // With ranges per channel every channel has a step of its own, which multiplies the gradients before they are added up.
        let perLayer = weight.groups == 1
        let inputGradient = IntegerConvolution(
            codes: turned, outputs: inputs, inputs: outputs,
            reading: .rounding(largest: largest, factors: perLayer ? [] : steps),
            scales: [Float](repeating: perLayer ? steps[0] : 1, count: inputs))
        return Packed(weight: weight, forward: forward, inputGradient: inputGradient)
    }

    /// Returns what the student computes with instead of oneDNN's convolutions of this layer.
    private static func substitutes(_ packed: Packed, _ layer: LayerQuantization) -> TrainingExecutor.Substitutes? {
        guard let activation = layer.activation else { return nil }
        let (outputs, inputs) = (packed.forward.outputs, packed.forward.inputs)
        return TrainingExecutor.Substitutes(forward: packed.forward, inputGradient: packed.inputGradient) {
            IntegerConvolution(rounding: $0, outputs: outputs, inputs: inputs, levelsOf: activation)
        }
    }
}
