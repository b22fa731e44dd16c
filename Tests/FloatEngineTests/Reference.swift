import Networks
import Tensors

/// A slow exact network runner in double precision, written for reading: the engine is compared with it.
enum Reference {
    struct Map {
        var height, width, channels: Int
        var values: [Double]
        subscript(y: Int, x: Int, c: Int) -> Double {
            y < 0 || x < 0 || y >= height || x >= width ? 0 : values[(y * width + x) * channels + c]
        }
    }

    static func run(
        _ network: Network, _ input: Tensor, quantize: [Int: (Double) -> Double] = [:], weights: [Int: [Float]] = [:]
    ) -> [Map] {
        var maps: [Map] = []
        for (index, node) in network.nodes.enumerated() {
            let inputs = node.inputs.map { maps[$0] }
            switch node.operation {
            case .input:
                maps.append(
                    Map(
                        height: input.dimensions[1], width: input.dimensions[2], channels: input.dimensions[3],
                        values: input.values.map(Double.init)))
            case .convolution(let convolution):
                var map = inputs[0]
                if let f = quantize[index] { map.values = map.values.map(f) }
                maps.append(convolve(map, convolution, weights[index] ?? convolution.weight.values))
            case .affine(let scale, let shift): maps.append(each(inputs[0]) { $0 * Double(scale[$1]) + Double(shift[$1]) })
            case .relu: maps.append(each(inputs[0]) { x, _ in max(x, 0) })
            case .leakyRelu(let slope): maps.append(each(inputs[0]) { x, _ in x >= 0 ? x : x * Double(slope) })
            case .prelu(let slopes): maps.append(each(inputs[0]) { $0 >= 0 ? $0 : $0 * Double(slopes[slopes.count == 1 ? 0 : $1]) })
            case .multiply(let factor): maps.append(each(inputs[0]) { x, _ in x * Double(factor) })
            case .tanh: maps.append(each(inputs[0]) { x, _ in tanhDouble(x) })
            case .add:
                var sum = inputs[0]
                for other in inputs.dropFirst() { for i in sum.values.indices { sum.values[i] += other.values[i] } }
                maps.append(sum)
            case .concatenate:
                var map = Map(height: inputs[0].height, width: inputs[0].width, channels: 0, values: [])
                map.channels = inputs.map(\.channels).reduce(0, +)
                for pixel in 0..<map.height * map.width {
                    for input in inputs { map.values += input.values[pixel * input.channels..<(pixel + 1) * input.channels] }
                }
                maps.append(map)
            case .pixelShuffle(let r):
                let from = inputs[0]
                var map = Map(height: from.height * r, width: from.width * r, channels: from.channels / (r * r), values: [])
                for y in 0..<map.height {
                    for x in 0..<map.width {
                        for c in 0..<map.channels { map.values.append(from[y / r, x / r, c * r * r + (y % r) * r + x % r]) }
                    }
                }
                maps.append(map)
            case .resizeBilinear(let r):
                let from = inputs[0]
                var map = Map(height: from.height * r, width: from.width * r, channels: from.channels, values: [])
                for y in 0..<map.height {
                    for x in 0..<map.width {
                        let v = max(0, (Double(y) + 0.5) / Double(r) - 0.5)
                        let h = max(0, (Double(x) + 0.5) / Double(r) - 0.5)
                        let (y0, x0) = (Int(v), Int(h))
                        let (y1, x1) = (min(y0 + 1, from.height - 1), min(x0 + 1, from.width - 1))
                        let (a, b) = (v - Double(y0), h - Double(x0))
                        for c in 0..<map.channels {
                            map.values.append(
                                (1 - a) * ((1 - b) * from[y0, x0, c] + b * from[y0, x1, c])
                                    + a * ((1 - b) * from[y1, x0, c] + b * from[y1, x1, c]))
                        }
                    }
                }
                maps.append(map)
            }
        }
        return maps
    }

    private static func tanhDouble(_ x: Double) -> Double {
        // Stable on both sides without importing a maths library.
        var term = 1.0
        var sum = 1.0
        let y = -2 * abs(x)
        for n in 1..<200 {
            term *= y / Double(n)
            sum += term
        }
        return (x < 0 ? -1 : 1) * (1 - sum) / (1 + sum)
    }

    private static func each(_ map: Map, _ f: (Double, Int) -> Double) -> Map {
        var map = map
        for i in map.values.indices { map.values[i] = f(map.values[i], i % map.channels) }
        return map
    }

    private static func convolve(_ map: Map, _ convolution: Convolution, _ weights: [Float]) -> Map {
        let (outputs, inputs, kernel) = (convolution.outputs, convolution.inputs, convolution.kernel)
        var result = Map(height: map.height, width: map.width, channels: outputs, values: [])
        for y in 0..<map.height {
            for x in 0..<map.width {
                for o in 0..<outputs {
                    var sum = Double(convolution.bias?[o] ?? 0)
                    for i in 0..<inputs {
                        for v in 0..<kernel {
                            for h in 0..<kernel {
                                sum +=
                                    Double(weights[((o * inputs + i) * kernel + v) * kernel + h])
                                    * map[y + v - kernel / 2, x + h - kernel / 2, i]
                            }
                        }
                    }
                    result.values.append(sum)
                }
            }
        }
        return result
    }
}

/// Small numbers that are the same in every run.
struct Numbers {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> Float {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Float(Double((z ^ (z >> 31)) >> 11) / Double(1 << 53) * 2 - 1)
    }

    mutating func array(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in next() * scale } }
}

extension Network {
    /// A graph with every operation: two branches, a concatenation, shuffles after a convolution and after an activation.
    static func everything(_ numbers: inout Numbers, channels: Int = 6) -> Network {
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
