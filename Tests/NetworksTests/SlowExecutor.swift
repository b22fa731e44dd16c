import Foundation
import Networks
import Tensors

/// A feature map in double precision, `[height][width][channels]` in one array.
struct SlowMap: Equatable {
    let height, width, channels: Int
    var values: [Double]

    init(height: Int, width: Int, channels: Int, _ value: (_ y: Int, _ x: Int, _ c: Int) -> Double) {
        (self.height, self.width, self.channels) = (height, width, channels)
        values = []
        for y in 0..<height { for x in 0..<width { for c in 0..<channels { values.append(value(y, x, c)) } } }
    }

    subscript(y: Int, x: Int, c: Int) -> Double { values[(y * width + x) * channels + c] }

    func map(_ function: (Double, _ channel: Int) -> Double) -> SlowMap {
        SlowMap(height: height, width: width, channels: channels) { function(self[$0, $1, $2], $2) }
    }

    /// Stride 1, zero padding of half the kernel.
    func convolved(_ weight: Tensor, _ bias: [Float]?) -> SlowMap {
        let (outputs, kernel) = (weight.dimensions[0], weight.dimensions[2])
        return SlowMap(height: height, width: width, channels: outputs) { y, x, o in
            var sum = Double(bias?[o] ?? 0)
            for c in 0..<channels {
                for i in 0..<kernel {
                    for j in 0..<kernel {
                        let (v, u) = (y + i - kernel / 2, x + j - kernel / 2)
                        guard (0..<height).contains(v), (0..<width).contains(u) else { continue }
                        sum += self[v, u, c] * Double(weight.values[((o * channels + c) * kernel + i) * kernel + j])
                    }
                }
            }
            return sum
        }
    }

    func relu() -> SlowMap { map { value, _ in max(0, value) } }

    func prelu(_ slopes: [Float]) -> SlowMap {
        map { value, c in value > 0 ? value : value * Double(slopes.count == 1 ? slopes[0] : slopes[c]) }
    }

    func shuffled(_ r: Int) -> SlowMap {
        SlowMap(height: height * r, width: width * r, channels: channels / (r * r)) { y, x, c in
            self[y / r, x / r, c * r * r + (y % r) * r + x % r]
        }
    }

    func resized(_ r: Int) -> SlowMap {
        func taps(_ position: Int, _ size: Int) -> (Int, Int, Double) {
            let source = max(0, (Double(position) + 0.5) / Double(r) - 0.5)
            let low = min(Int(source), size - 1)
            return (low, min(low + 1, size - 1), source - Double(low))
        }
        return SlowMap(height: height * r, width: width * r, channels: channels) { y, x, c in
            let (top, bottom, v) = taps(y, height)
            let (left, right, u) = taps(x, width)
            return (1 - v) * ((1 - u) * self[top, left, c] + u * self[top, right, c])
                + v * ((1 - u) * self[bottom, left, c] + u * self[bottom, right, c])
        }
    }

    static func + (a: SlowMap, b: SlowMap) -> SlowMap {
        SlowMap(height: a.height, width: a.width, channels: a.channels) { a[$0, $1, $2] + b[$0, $1, $2] }
    }

    static func join(_ maps: [SlowMap]) -> SlowMap {
        let channels = maps.flatMap { map in (0..<map.channels).map { (map, $0) } }
        return SlowMap(height: maps[0].height, width: maps[0].width, channels: channels.count) { y, x, c in
            channels[c].0[y, x, channels[c].1]
        }
    }

    /// The largest difference, relative to the largest value of `other`.
    func deviation(from other: SlowMap) -> Double {
        guard values.count == other.values.count, height == other.height else { return .infinity }
        let largest = other.values.map(abs).max() ?? 1
        return zip(values, other.values).map { abs($0 - $1) }.max()! / max(largest, 1e-30)
    }

    /// A small picture, 0…255.
    static func picture(height: Int = 5, width: Int = 4, seed: UInt64 = 7) -> SlowMap {
        var generator = SplitMix64(state: seed)
        return SlowMap(height: height, width: width, channels: 3) { _, _, _ in Double(UInt8.random(in: 0...255, using: &generator))
        }
    }
}

extension Network {
    /// The graph, one operation after the other.
    func slowlyRun(_ input: SlowMap) -> SlowMap {
        var maps: [SlowMap] = []
        for node in nodes {
            let inputs = node.inputs.map { maps[$0] }
            let result =
                switch node.operation {
                case .input: input
                case .convolution(let convolution): inputs[0].convolved(convolution.weight, convolution.bias)
                case .affine(let scale, let shift): inputs[0].map { $0 * Double(scale[$1]) + Double(shift[$1]) }
                case .relu: inputs[0].relu()
                case .leakyRelu(let slope): inputs[0].prelu([slope])
                case .prelu(let slopes): inputs[0].prelu(slopes)
                case .add: inputs[0] + inputs[1]
                case .multiply(let factor): inputs[0].map { value, _ in value * Double(factor) }
                case .concatenate: SlowMap.join(inputs)
                case .pixelShuffle(let factor): inputs[0].shuffled(factor)
                case .resizeBilinear(let factor): inputs[0].resized(factor)
                case .tanh: inputs[0].map { value, _ in Foundation.tanh(value) }
                }
            maps.append(result)
        }
        return maps[maps.count - 1]
    }
}
