import Networks
import Tensors

extension Network {
    /// A network with every operation there is: two branches, a concatenation, pixel shuffles after a convolution and after an
    /// activation function.
    package static func everything(_ numbers: inout SplitMix64, channels: Int = 6) -> Network {
        func convolution(_ outputs: Int, _ inputs: Int, _ kernel: Int, bias: Bool = true) -> Operation {
            .convolution(
                Convolution(
                    role: .body,
                    weight: Tensor(
                        dimensions: [outputs, inputs, kernel, kernel],
                        values: numbers.array(outputs * inputs * kernel * kernel, scale: 1.5 / Float(inputs * kernel))),
                    bias: bias ? numbers.array(outputs) : nil))
        }
        let n = channels
        let nodes: [(String, Operation, [Int])] = [
            ("input", .input(channels: 3), []),  // 0
            ("mean", .affine(scale: [1, 0.5, 2], shift: [0.1, -0.2, 0.3]), [0]),  // 1
            ("head", convolution(n, 3, 9), [1]),  // 2
            ("prelu", .prelu(slopes: numbers.array(n)), [2]),  // 3
            ("conv1", convolution(n, n, 3), [3]),  // 4
            ("relu", .relu, [4]),  // 5
            ("conv2", convolution(n, n, 3, bias: false), [5]),  // 6
            ("half", .multiply(0.5), [6]),  // 7
            ("add", .add, [7, 3]),  // 8
            ("conv3", convolution(n, n, 1), [8]),  // 9
            ("leaky", .leakyRelu(slope: 0.2), [9]),  // 10
            ("concat", .concatenate, [8, 10]),  // 11
            ("conv4", convolution(n, 2 * n, 3), [11]),  // 12
            ("skip", .add, [12, 3]),  // 13
            ("up", convolution(4 * n, n, 3), [13]),  // 14
            ("shuffle", .pixelShuffle(2), [14]),  // 15
            ("widen", convolution(4 * n, n, 3), [15]),  // 16
            ("one slope", .prelu(slopes: [0.3]), [16]),  // 17
            ("shuffle2", .pixelShuffle(2), [17]),  // 18
            ("last", convolution(3, n, 9), [18]),  // 19
            ("bilinear", .resizeBilinear(4), [0]),  // 20
            ("sum", .add, [19, 20]),  // 21
            ("tanh", .tanh, [21]),  // 22
        ]
        return Network(
            architecture: "test", scale: 4, nodes: nodes.map { Node(name: $0.0, operation: $0.1, inputs: $0.2) })
    }
}
