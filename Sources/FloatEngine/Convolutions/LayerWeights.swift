import Tensors

/// The weights of one layer in every oneDNN layout that its bands work with. Any number of threads may ask for them.
final class LayerWeights: Sendable {
    private struct State {
        /// The weights, `[outputs, inputs, kernel, kernel]`.
        var plain: [Float]
        /// The layouts so far; those that are not current have to be packed again.
        var packed: [Packed] = []
        /// The weights for kernels of this project, and those that are not current but whose memory can be used again.
        var fused: [FusedWinograd: AlignedBuffer] = [:]
        var outdated: [FusedWinograd: AlignedBuffer] = [:]

        /// Brings a layout up to date.
        /// - Returns: the reason why it failed, or nil.
        mutating func pack(_ index: Int, _ values: [Float]) -> String? {
            let failure = packed[index].primitive.pack(values, into: packed[index].weights)
            packed[index].current = failure == nil
            return failure
        }
    }

    /// The weights in one layout.
    private struct Packed {
        /// A primitive that has the layout.
        let primitive: ConvolutionPrimitive
        /// The order of the weights before oneDNN packs them.
        let order: WeightOrder
        let weights: AlignedBuffer
        var current = false
    }

    /// The order of the weights that a primitive computes with.
    enum WeightOrder: Sendable {
        /// As they are, `[outputs, inputs, kernel, kernel]`.
        case plain
        /// As `TapSums` and `WinogradTiles` arrange them.
        case taps(TapSums)
        case tiles(WinogradTiles)

        /// Returns weights in this order.
        func arranged(_ weights: [Float]) -> [Float] {
            switch self {
            case .plain: weights
            case .taps(let taps): taps.arranged(weights)
            case .tiles(let tiles): tiles.arranged(weights)
            }
        }
    }

    private let state: Guarded<State>
    /// The bias, one number per output; nil: none is added.
    let bias: AlignedBuffer?
    /// The factors of the bare result, before the bias, one per output; nil: there are none.
    let scales: AlignedBuffer?
    /// The node's name, for errors.
    private let node: String

    /// Makes the weights of a layer, its outputs in the order in which results are stored.
    /// - Parameter plain: `[outputs, inputs, kernel, kernel]`.
    init(_ plain: [Float], bias: [Float]?, scales: [Float]? = nil, node: String) throws(FloatEngineError) {
        state = Guarded(State(plain: plain))
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
            state.outdated.merge(state.fused) { _, newer in newer }
            state.fused = [:]
            for index in state.packed.indices { state.packed[index].current = false }
        }
    }

    /// Packs replaced weights again for the primitives that have asked for them, which costs about as much as a layer of a small
    /// patch: whoever replaces many layers' weights lets several threads do it. What fails here fails again, and says so, when the
    /// weights are asked for.
    func repack() {
        state.withLock { state in
            for index in state.packed.indices where !state.packed[index].current {
                _ = state.pack(index, state.packed[index].order.arranged(state.plain))
            }
            for layer in state.outdated.keys {
                state.fused[layer] = try? layer.packed(state.plain, into: state.outdated[layer], node: node)
            }
            state.outdated = [:]
        }
    }

    /// Sets another bias; changes nothing for a layer without one. As with `replace`, nobody may be computing.
    func replaceBias(_ values: [Float]) {
        guard let bias, bias.count >= values.count else { return }
        for (index, value) in values.enumerated() { bias.pointer[index] = value }
    }

    /// Returns the weights in a primitive's layout, packed when they are first needed.
    /// - Parameter order: the order that `primitive` computes with.
    func packed(for primitive: ConvolutionPrimitive, order: WeightOrder) throws(FloatEngineError) -> AlignedBuffer {
        try state.withLock { state throws(FloatEngineError) in
            let known = state.packed.firstIndex { $0.primitive.sharesWeightLayout(with: primitive) }
            if let known, state.packed[known].current { return state.packed[known].weights }
            let values = order.arranged(state.plain)
            let index: Int
            if let known {
                index = known
            } else {
                let count = values.count / primitive.plainWeightCount * primitive.weightCount
                guard let weights = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: 4 * count) }
                state.packed.append(Packed(primitive: primitive, order: order, weights: weights))
                index = state.packed.count - 1
            }
            if let failure = state.pack(index, values) { throw .library(node: node, message: failure) }
            return state.packed[index].weights
        }
    }

    /// Returns the weights as a kernel of this project reads them, packed when they are first needed.
    func packed(for layer: FusedWinograd) throws(FloatEngineError) -> AlignedBuffer {
        try state.withLock { state throws(FloatEngineError) in
            if let known = state.fused[layer] { return known }
            let made = try layer.packed(state.plain, into: state.outdated.removeValue(forKey: layer), node: node)
            state.fused[layer] = made
            return made
        }
    }
}
