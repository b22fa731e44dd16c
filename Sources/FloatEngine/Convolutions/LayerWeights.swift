import Synchronization
import Tensors

/// One layer's weights in every oneDNN layout that its bands work with.
final class LayerWeights: Sendable {
    private struct State {
        var plain: [Float]
        var packed: [(primitive: ConvolutionPrimitive, weights: AlignedBuffer, current: Bool)] = []
    }

    private let state: Mutex<State>
    let bias: AlignedBuffer?
    /// Of the bare result, before the bias.
    let scales: AlignedBuffer?
    private let node: String

    /// - Parameter plain: `[outputs, inputs, kernel, kernel]`.
    init(_ plain: [Float], bias: [Float]?, scales: [Float]? = nil, node: String) throws(FloatEngineError) {
        state = Mutex(State(plain: plain))
        self.node = node
        self.bias = try Self.buffer(bias, node: node)
        self.scales = try Self.buffer(scales, node: node)
    }

    private static func buffer(_ values: [Float]?, node: String) throws(FloatEngineError) -> AlignedBuffer? {
        guard let values else { return nil }
        guard let buffer = AlignedBuffer(count: values.count) else { throw .memory(node: node, bytes: 4 * values.count) }
        for (index, value) in values.enumerated() { buffer.pointer[index] = value }
        return buffer
    }

    /// Not while anybody computes with what there is.
    func replace(_ weights: [Float]) {
        state.withLock { state in
            state.plain = weights
            for index in state.packed.indices { state.packed[index].current = false }
        }
    }

    /// Changes nothing for a layer without a bias. As with `replace`, nobody may be computing.
    func replaceBias(_ values: [Float]) {
        guard let bias, bias.count >= values.count else { return }
        for (index, value) in values.enumerated() { bias.pointer[index] = value }
    }

    /// - Parameter arranged: the weights in the order that `primitive` knows.
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
}
