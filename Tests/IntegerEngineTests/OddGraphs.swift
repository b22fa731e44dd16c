import Networks
import Tensors

/// Small graphs with what recognised networks do not have; three channels in and out.
enum OddGraphs {
    static let all: [(name: String, network: Network)] = [
        (
            "a concatenation that is activated, read again and the other half of a sum",
            graph(scale: 1) { graph in
                let a = graph.convolution(0, 3, 5)
                let b = graph.convolution(0, 3, 4, kernel: 1)
                let inner = graph.add(.concatenate, a, b)
                let outer = graph.add(.concatenate, inner, b, a)
                let activated = graph.add(.leakyRelu(slope: 0.1), inner)
                let sum = graph.add(.add, activated, graph.convolution(outer, 18, 9))
                graph.convolution(graph.add(.concatenate, sum, inner), 18, 3)
            }
        ),
        (
            "a shuffle of what was activated, enlarged once more",
            graph(scale: 6) { graph in
                let wide = graph.add(.prelu(slopes: (0..<12).map { Float($0) / 10 }), graph.convolution(0, 3, 12))
                let shuffled = graph.add(.pixelShuffle(2), wide)
                graph.add(.multiply(0.5), graph.add(.resizeBilinear(3), shuffled))
            }
        ),
        (
            "sums of three and of one thing with itself",
            graph(scale: 1) { graph in
                let a = graph.convolution(0, 3, 3, kernel: 5)
                let twice = graph.add(.add, a, a)
                let b = graph.convolution(twice, 3, 3)
                graph.add(.tanh, graph.add(.add, b, a, 0))
            }
        ),
        (
            "a wide window on many rows, whose result is added to what it read, and a concatenation as the output",
            graph(scale: 1) { graph in
                let a = graph.add(.relu, graph.convolution(0, 3, 9, kernel: 9))
                let b = graph.add(.add, graph.convolution(a, 9, 9, kernel: 9), a)
                let c = graph.convolution(graph.add(.add, b, graph.convolution(b, 9, 9)), 9, 1, kernel: 1)
                let d = graph.convolution(b, 9, 2, kernel: 7)
                graph.add(.concatenate, c, d)
            }
        ),
        (
            "a map that is enlarged by four, beside a convolution on the small one",
            graph(scale: 4) { graph in
                let enlarged = graph.add(.resizeBilinear(4), 0)
                let detail = graph.add(.pixelShuffle(4), graph.convolution(0, 3, 48))
                graph.add(.affine(scale: [1, 2, 3], shift: [0.5, 0, -1]), graph.add(.add, detail, enlarged))
            }
        ),
    ]

    private static func graph(scale: Int, _ build: (inout Builder) -> Void) -> Network {
        var builder = Builder()
        build(&builder)
        return Network(architecture: "odd", scale: scale, nodes: builder.nodes)
    }

    struct Builder {
        var nodes = [Node(name: "input", operation: .input(channels: 3), inputs: [])]

        @discardableResult mutating func add(_ operation: Operation, _ inputs: Int...) -> Int {
            nodes.append(Node(name: "node \(nodes.count)", operation: operation, inputs: inputs))
            return nodes.count - 1
        }

        @discardableResult mutating func convolution(_ input: Int, _ inputs: Int, _ outputs: Int, kernel: Int = 3) -> Int {
            var random = SplitMix64(state: UInt64(nodes.count))
            func draw(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -0.3...0.3, using: &random) } }
            let weight = Tensor(dimensions: [outputs, inputs, kernel, kernel], values: draw(outputs * inputs * kernel * kernel))
            return add(.convolution(Convolution(role: .body, weight: weight, bias: draw(outputs))), input)
        }
    }
}
