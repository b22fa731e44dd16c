import FloatEngine
import Glibc
import IntegerEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// The slow exact engine: whole feature maps, one multiplication after the other in `Int`, everything else in single precision.
enum WholeMaps {
    struct Map {
        var height, width, channels: Int
        var values: [Float]

        subscript(y: Int, x: Int, c: Int) -> Float { values[(y * width + x) * channels + c] }

        func each(_ body: (Float, _ channel: Int) -> Float) -> Map {
            var result = self
            for i in values.indices { result.values[i] = body(values[i], i % channels) }
            return result
        }
    }

    static func run(_ network: Network, layers: [Int: IntegerForm], _ input: Tensor) -> [Float] {
        var maps: [Map] = []
        for (index, node) in network.nodes.enumerated() {
            let inputs = node.inputs.map { maps[$0] }
            switch node.operation {
            case .input:
                maps.append(
                    Map(
                        height: input.dimensions[1], width: input.dimensions[2], channels: input.dimensions[3],
                        values: input.values))
            case .convolution(let convolution): maps.append(convolve(inputs[0], convolution, layers[index]))
            case .affine(let scale, let shift): maps.append(inputs[0].each { $0 * scale[$1] + shift[$1] })
            case .relu: maps.append(inputs[0].each { x, _ in max(x, 0) })
            case .leakyRelu(let slope): maps.append(inputs[0].each { x, _ in x >= 0 ? x : slope * x })
            case .prelu(let slopes): maps.append(inputs[0].each { $0 >= 0 ? $0 : slopes[slopes.count == 1 ? 0 : $1] * $0 })
            case .multiply(let factor): maps.append(inputs[0].each { x, _ in x * factor })
            case .tanh: maps.append(inputs[0].each { x, _ in tanhf(x) })
            case .add:
                var sum = inputs[0]
                for i in sum.values.indices { sum.values[i] += inputs[1].values[i] }
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
            case .resizeBilinear: preconditionFailure("rows do not flow through it")
            }
        }
        return maps.last?.values ?? []
    }

    private static func convolve(_ map: Map, _ convolution: Convolution, _ layer: IntegerForm?) -> Map {
        guard let layer else { preconditionFailure("a layer in float") }
        var integers = [Int16](repeating: 0, count: map.values.count)
        layer.activation.encodeIntegers(map.values, into: &integers, count: integers.count)
        let (kernel, inputs, reach) = (convolution.kernel, convolution.inputs, convolution.kernel / 2)
        var result = Map(height: map.height, width: map.width, channels: convolution.outputs, values: [])
        for y in 0..<map.height {
            for x in 0..<map.width {
                for output in 0..<convolution.outputs {
                    var sum = 0
                    for v in 0..<kernel where (0..<map.height).contains(y + v - reach) {
                        for h in 0..<kernel where (0..<map.width).contains(x + h - reach) {
                            let pixel = ((y + v - reach) * map.width + x + h - reach) * inputs
                            for input in 0..<inputs {
                                let weight = layer.codes[((output * inputs + input) * kernel + v) * kernel + h]
                                sum += Int(integers[pixel + input]) * Int(weight)
                            }
                        }
                    }
                    result.values.append(Float(sum) * layer.scales[output] + (convolution.bias?[output] ?? 0))
                }
            }
        }
        return result
    }
}
