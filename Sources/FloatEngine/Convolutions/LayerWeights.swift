import Synchronization
import Tensors

/// The weights of one layer in every oneDNN layout that its bands work with. Any number of threads may ask for them.
final class LayerWeights: Sendable {
    private struct State {
        /// The weights, `[outputs, inputs, kernel, kernel]`.
        var plain: [Float]
        /// The layouts so far, each with a primitive that has it; those that are not current have to be packed again.
        var packed: [(primitive: ConvolutionPrimitive, weights: AlignedBuffer, current: Bool)] = []
        /// The weights for kernels of this project, packed anew after the plain ones have changed.
        var fused: [FusedWinograd: AlignedBuffer] = [:]
    }

    private let state: Mutex<State>
    /// The bias, one number per output; nil: none is added.
    let bias: AlignedBuffer?
    /// The factors of the bare result, before the bias, one per output; nil: there are none.
    let scales: AlignedBuffer?
    /// The node's name, for errors.
    private let node: String

    /// Makes the weights of a layer, its outputs in the order in which results are stored.
    /// - Parameter plain: `[outputs, inputs, kernel, kernel]`.
    init(_ plain: [Float], bias: [Float]?, scales: [Float]? = nil, node: String) throws(FloatEngineError) {
        state = Mutex(State(plain: plain))
        self.node = node
        self.bias = try Self.buffer(bias, node: node)
        self.scales = try Self.buffer(scales, node: node)
    }

    /// Returns a copy in aligned memory; nil for nil.
    private static func buffer(_ values: [Float]?, node: String) throws(FloatEngineError) -> AlignedBuffer? {
        guard let values else { return nil }
        guard let buffer = AlignedBuffer(count: values.count) else { throw .memory(node: node, bytes: 4 * values.count) }
        for (index, value) in values.enumerated() { buffer.pointer[index] = value }
        return buffer
    }

    /// Sets other weights. Nobody may be computing with the old ones meanwhile, since they are packed into the same memory.
    func replace(_ weights: [Float]) {
        state.withLock { state in
            state.plain = weights
            state.fused = [:]
            for index in state.packed.indices { state.packed[index].current = false }
        }
    }

    /// Sets another bias; changes nothing for a layer without one. As with `replace`, nobody may be computing.
    func replaceBias(_ values: [Float]) {
        guard let bias, bias.count >= values.count else { return }
        for (index, value) in values.enumerated() { bias.pointer[index] = value }
    }

    /// Returns the weights in a primitive's layout, packed when they are first needed.
    /// - Parameter arranged: returns the weights in the order that `primitive` computes with, as `TapSums` and `WinogradTiles` have
    ///   orders of their own.
    func packed(for primitive: ConvolutionPrimitive, arranged: ([Float]) -> [Float]) throws(FloatEngineError) -> AlignedBuffer {
        try state.withLock { state throws(FloatEngineError) in
            let known = state.packed.firstIndex { $0.primitive.sharesWeightLayout(with: primitive) }
            if let known, state.packed[known].current { return state.packed[known].weights }
            let values = arranged(state.plain)
            let index: Int
            if let known {
                index = known
            } else {
                let count = values.count / primitive.plainWeightCount * primitive.weightCount
                guard let weights = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: 4 * count) }
                state.packed.append((primitive, weights, false))
                index = state.packed.count - 1
            }
            if let failure = state.packed[index].primitive.pack(values, into: state.packed[index].weights) {
                throw .library(node: node, message: failure)
            }
            state.packed[index].current = true
            return state.packed[index].weights
        }
    }

    /// Returns the weights as a kernel of this project reads them, packed when they are first needed.
    func packed(for layer: FusedWinograd) throws(FloatEngineError) -> AlignedBuffer {
        try state.withLock { state throws(FloatEngineError) in
            if let known = state.fused[layer] { return known }
            let made = try layer.packed(state.plain, node: node)
            state.fused[layer] = made
            return made
        }
    }
}
