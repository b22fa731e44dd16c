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

/// Rearrangements of a weight tensor `[outputs, inputs, kernel, kernel]`.
package enum WeightLayout {
    /// The weights of the convolution that carries gradients from the output back to the input: inputs and outputs change
    /// places and the kernel is turned by 180 degrees.
    package static func transposed<Value>(_ weights: [Value], outputs: Int, inputs: Int, kernel: Int) -> [Value] {
        let area = kernel * kernel
        return [Value](unsafeUninitializedCapacity: weights.count) { result, count in
            for o in 0..<outputs {
                for i in 0..<inputs {
                    for k in 0..<area { result[(i * outputs + o) * area + area - 1 - k] = weights[(o * inputs + i) * area + k] }
                }
            }
            count = weights.count
        }
    }

    /// Where output channel `o` of a convolution that feeds a pixel shuffle is stored: `c·r² + q` goes to `q·C + c`, so that
    /// each of the `r²` output pixels `q` is one run of channels and shuffling copies runs.
    package static func shuffleOrder(outputs: Int, factor: Int) -> [Int] {
        let area = factor * factor
        let channels = outputs / area
        return (0..<outputs).map { ($0 % area) * channels + $0 / area }
    }

    /// What there is one of per output, in the order in which results are stored.
    /// - Parameter shuffle: the factor of the pixel shuffle that the outputs feed; nil: they are stored as they are.
    package static func stored<Value>(_ values: [Value], outputs: Int, shuffle: Int?) -> [Value] {
        shuffle.map { reordered(values, by: shuffleOrder(outputs: outputs, factor: $0)) } ?? values
    }

    /// Moves block `o` (of `values.count / order.count` elements) to place `order[o]`.
    package static func reordered<Value>(_ values: [Value], by order: [Int]) -> [Value] {
        let block = values.count / order.count
        var result = values
        for (from, to) in order.enumerated() {
            for k in 0..<block { result[to * block + k] = values[from * block + k] }
        }
        return result
    }

    static func restored(_ values: [Float], by order: [Int]) -> [Float] {
        let block = values.count / order.count
        var result = values
        for (to, from) in order.enumerated() {
            for k in 0..<block { result[to * block + k] = values[from * block + k] }
        }
        return result
    }
}
