import Glibc
import Networks

/// Cross-layer equalisation: channels between two convolutions change their sizes, the network stays the same function
/// (docs/method.md, "Cross-layer equalisation").
extension Network {
    /// Two convolutions of which the second reads what the first makes, through functions alone that a positive factor passes:
    /// ReLU, leaky ReLU, PReLU, affine operations, multiplications.
    struct EqualisablePair: Equatable {
        /// The node of the convolution that makes the channels.
        var first: Int
        /// The nodes between the two, in their order.
        var between: [Int]
        /// The node of the convolution that reads them.
        var second: Int
    }

    /// The pairs of convolutions that can be equalised, in execution order. Inside a residual block there is one; where anything
    /// else reads what is between the two, there is none.
    var equalisablePairs: [EqualisablePair] {
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        return layers.compactMap { second in
            var between: [Int] = []
            var node = nodes[second].inputs[0]
            while readers[node].count == 1 {
                switch nodes[node].operation {
                case .convolution: return EqualisablePair(first: node, between: between, second: second)
                case .relu, .leakyRelu, .prelu, .affine, .multiply: between.insert(node, at: 0)
                default: return nil
                }
                node = nodes[node].inputs[0]
            }
            return nil
        }
    }

    /// Returns the network in which every channel between the two convolutions of a pair is divided by its factor: the first one's
    /// weights and bias are, shifts between the two are, and the second one's weights are multiplied by it.
    ///
    /// The result is the same function up to rounding, because f(x / t) = f(x) / t for positive t and every function between them,
    /// channel by channel.
    /// - Parameter factors: by the node of the pair's second convolution, one positive number for each of its input channels.
    func equalised(by factors: [Int: [Float]]) -> Network {
        var result = self
        for pair in equalisablePairs {
            guard let divisors = factors[pair.second], case .convolution(var first) = result.nodes[pair.first].operation,
                case .convolution(var second) = result.nodes[pair.second].operation, divisors.count == second.inputs,
                divisors.count == first.outputs
            else { continue }
            let rowSize = first.weight.values.count / first.outputs
            for index in first.weight.values.indices { first.weight.values[index] /= divisors[index / rowSize] }
            first.bias = first.bias.map { zip($0, divisors).map { $0 / $1 } }
            let window = second.kernel * second.kernel
            for index in second.weight.values.indices { second.weight.values[index] *= divisors[index / window % divisors.count] }
            (result.nodes[pair.first].operation, result.nodes[pair.second].operation) = (.convolution(first), .convolution(second))
            for node in pair.between {
                guard case .affine(let scale, let shift) = result.nodes[node].operation else { continue }
                result.nodes[node].operation = .affine(scale: scale, shift: zip(shift, divisors).map { $0 / $1 })
            }
        }
        return result
    }

    /// Returns the factors that make the largest weight that makes a channel as large as the largest that reads it: √(a / b), a
    /// and b being these two, divided by the geometric mean over the layer's channels.
    ///
    /// Edge cases: a channel that nothing makes or reads keeps its size; no factor is beyond 1/32…32.
    func weightEqualisation() -> [Int: [Float]] {
        var factors: [Int: [Float]] = [:]
        for pair in equalisablePairs {
            guard case .convolution(let first) = nodes[pair.first].operation,
                case .convolution(let second) = nodes[pair.second].operation, first.outputs == second.inputs
            else { continue }
            var made = [Float](repeating: 0, count: first.outputs)
            let rowSize = first.weight.values.count / first.outputs
            for (index, weight) in first.weight.values.enumerated() {
                made[index / rowSize] = max(made[index / rowSize], abs(weight))
            }
            for node in pair.between {
                guard case .affine(let scale, _) = nodes[node].operation else { continue }
                for channel in made.indices { made[channel] *= abs(scale.count == 1 ? scale[0] : scale[channel]) }
            }
            var read = [Float](repeating: 0, count: second.inputs)
            let window = second.kernel * second.kernel
            for (index, weight) in second.weight.values.enumerated() {
                let channel = index / window % second.inputs
                read[channel] = max(read[channel], abs(weight))
            }
            let ratios = zip(made, read).map { $0 > 0 && $1 > 0 ? ($0 / $1).squareRoot() : 0 }
            factors[pair.second] = Self.normalised(ratios)
        }
        return factors
    }

    /// Returns positive numbers divided by their geometric mean and brought into 1/32…32, with 1 for those that are 0.
    private static func normalised(_ ratios: [Float]) -> [Float] {
        let known = ratios.filter { $0 > 0 }
        guard !known.isEmpty else { return ratios.map { _ in 1 } }
        let mean = exp2(known.reduce(0.0) { $0 + log2(Double($1)) } / Double(known.count))
        return ratios.map { $0 > 0 ? min(max(Float(Double($0) / mean), 1.0 / 32), 32) : 1 }
    }
}
