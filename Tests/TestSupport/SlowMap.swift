import Tensors

/// A feature map in double precision, `[height][width][channels]` in one array, with the operations of networks on it. It is
/// written for reading, and engines are compared with it.
package struct SlowMap: Equatable {
    package let height, width, channels: Int
    package var values: [Double]

    package init(height: Int, width: Int, channels: Int, _ value: (_ y: Int, _ x: Int, _ c: Int) -> Double) {
        (self.height, self.width, self.channels) = (height, width, channels)
        values = []
        for y in 0..<height { for x in 0..<width { for c in 0..<channels { values.append(value(y, x, c)) } } }
    }

    /// Makes the map of one image, `[1, height, width, channels]`.
    package init(_ tensor: Tensor) {
        precondition(tensor.dimensions.count == 4 && tensor.dimensions[0] == 1, "\(tensor.dimensions) is not one map")
        (height, width, channels) = (tensor.dimensions[1], tensor.dimensions[2], tensor.dimensions[3])
        values = tensor.values.map(Double.init)
    }

    package subscript(y: Int, x: Int, c: Int) -> Double { values[(y * width + x) * channels + c] }

    package func map(_ function: (Double, _ channel: Int) -> Double) -> SlowMap {
        SlowMap(height: height, width: width, channels: channels) { function(self[$0, $1, $2], $2) }
    }

    /// Returns a convolution of stride 1 with zeros around the map, so that height and width stay.
    package func convolved(_ weight: Tensor, _ bias: [Float]?) -> SlowMap {
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

    package func relu() -> SlowMap { map { value, _ in max(value, 0) } }

    package func prelu(_ slopes: [Float]) -> SlowMap {
        map { value, c in value >= 0 ? value : value * Double(slopes.count == 1 ? slopes[0] : slopes[c]) }
    }

    package func shuffled(_ r: Int) -> SlowMap {
        SlowMap(height: height * r, width: width * r, channels: channels / (r * r)) { y, x, c in
            self[y / r, x / r, c * r * r + (y % r) * r + x % r]
        }
    }

    package func resized(_ r: Int) -> SlowMap {
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

    package func scaled(by factors: [Float]) -> SlowMap {
        map { value, c in value * Double(factors.count == 1 ? factors[0] : factors[c]) }
    }

    package func shifted(by summands: [Float]) -> SlowMap { map { $0 + Double(summands[$1]) } }

    package static func + (a: SlowMap, b: SlowMap) -> SlowMap {
        SlowMap(height: a.height, width: a.width, channels: a.channels) { a[$0, $1, $2] + b[$0, $1, $2] }
    }

    /// The map with every value rounded to the nearest float.
    package var roundedToSingle: SlowMap { map { value, _ in Double(Float(value)) } }

    package static func join(_ maps: [SlowMap]) -> SlowMap {
        let channels = maps.flatMap { map in (0..<map.channels).map { (map, $0) } }
        return SlowMap(height: maps[0].height, width: maps[0].width, channels: channels.count) { y, x, c in
            channels[c].0[y, x, channels[c].1]
        }
    }

    /// Returns the largest difference, relative to the largest magnitude in `other`.
    package func deviation(from other: SlowMap) -> Double {
        guard values.count == other.values.count, height == other.height else { return .infinity }
        let largest = other.values.map(abs).max() ?? 1
        return (zip(values, other.values).map { abs($0 - $1) }.max() ?? 0) / max(largest, 1e-30)
    }

    /// Returns a small picture of whole numbers, 0…255.
    package static func picture(height: Int = 5, width: Int = 4, seed: UInt64 = 7) -> SlowMap {
        var generator = SplitMix64(state: seed)
        return SlowMap(height: height, width: width, channels: 3) { _, _, _ in Double(UInt8.random(in: 0...255, using: &generator))
        }
    }
}
