import FloatEngine
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
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
        /// The weights and the bias that were packed. They are a student's own, so that they may have moved since.
        let values: [Float]
        let bias: [Float]?
        let forward: IntegerConvolution
        let inputGradient: IntegerConvolution?
    }

    private let student: TrainingExecutor
    private let pool: ThreadPool
    /// The convolutions that each layer has at present, by node.
    private var packed: [Int: Packed] = [:]
    /// The layers whose parameters have changed since the last `update`, by node, and their convolutions as they are now.
    private var changed: [Int: (layer: LayerQuantization, convolution: Convolution)] = [:]

    /// Makes it for a student; no layer computes in whole numbers until `change` and `update` say so.
    init(student: TrainingExecutor, pool: ThreadPool) { (self.student, self.pool) = (student, pool) }

    /// Notes a layer's new parameters, which the next `update` takes over.
    /// - Parameters:
    ///   - layer: one whose activation is on an integer grid.
    ///   - convolution: the student's own.
    func change(_ node: Int, _ layer: LayerQuantization, _ convolution: Convolution) { changed[node] = (layer, convolution) }

    /// Brings the student up to date. Packing weights costs about as much as a layer of a small patch, so layers are shared out.
    func update() {
        let work = changed.sorted { $0.key < $1.key }.map { node, change in
            (node: node, layer: change.layer, convolution: change.convolution, old: packed[node])
        }
        changed = [:]
        let results = Guarded<[Int: Packed]>([:])
        let shuffles = work.map { student.shuffle($0.node) }
        pool.run(pieces: work.count) { piece, _ in
            let (node, layer, convolution, old) = work[piece]
            let made = Self.packed(convolution, layer, shuffle: shuffles[piece], old: old)
            results.withLock { $0[node] = made }
        }
        let made = results.withLock { $0 }
        for (node, layer, convolution, _) in work {
            packed[node] = made[node]
            // oneDNN computes this layer, in whole or for the gradient alone.
            if made[node]?.inputGradient == nil, let weights = layer.effectiveWeights(of: convolution) {
                student.setWeights(weights, node: node)
            }
            student.setSubstitutes(made[node].flatMap { Self.substitutes($0, layer) }, node: node)
        }
    }

    /// Returns a layer's convolutions in whole numbers; nil where it cannot have any. What `old` packed is kept while the weights
    /// are the same.
    private static func packed(
        _ convolution: Convolution, _ layer: LayerQuantization, shuffle: Int?, old: Packed?
    ) -> Packed? {
        guard let weight = layer.weight as? SymmetricWeightQuantizer, let activation = layer.activation,
            let grid = activation.integerGrid, layer.inputScales == nil
        else { return nil }
        let (outputs, inputs) = (convolution.outputs, convolution.inputs)
        func stored<Value>(_ values: [Value]) -> [Value] {
            WeightLayout.stored(values, outputs: outputs, shuffle: shuffle)
        }
        let steps = stored((0..<outputs).map { weight[weight.groups == 1 ? 0 : $0].step })
        let scales = steps.map { $0 * grid.unit }
        let (values, bias) = (convolution.weight.values, convolution.bias)
        if let old, old.weight == weight, old.values == values, old.bias == bias {
            return IntegerConvolution(old.forward, reading: .levels(of: activation), scales: scales).map {
                Packed(weight: weight, values: values, bias: bias, forward: $0, inputGradient: old.inputGradient)
            }
        }
        let codes = stored(weight.codes(values).map(Int16.init))
        guard
            let forward = IntegerConvolution(
                codes: codes, outputs: outputs, inputs: inputs, reading: .levels(of: activation), scales: scales,
                bias: bias.map(stored))
        else { return nil }
        let turned = WeightLayout.transposed(codes, outputs: outputs, inputs: inputs, kernel: convolution.kernel)
        let largest = IntegerConvolution.largestRounding(codes: turned, outputs: inputs)
        // With ranges per channel every channel has a step of its own, which multiplies the gradients before they are added up.
        let perLayer = weight.groups == 1
        let inputGradient = IntegerConvolution(
            codes: turned, outputs: inputs, inputs: outputs,
            reading: .rounding(largest: largest, factors: perLayer ? [] : steps),
            scales: [Float](repeating: perLayer ? steps[0] : 1, count: inputs))
        return Packed(weight: weight, values: values, bias: bias, forward: forward, inputGradient: inputGradient)
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
