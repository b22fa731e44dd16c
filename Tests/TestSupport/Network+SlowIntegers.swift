import Networks
import QuantizedNetworks
import Quantizers
import Tensors

extension Network {
    /// Runs a network whose convolutions are all in `layers` by the slow interpreter: sums one multiplication after the other in
    /// `Int`, everything else in single precision.
    package func slowlyRunInIntegers(_ input: Tensor, layers: [Int: IntegerForm]) -> [Float] {
        let maps = slowMaps(of: SlowMap(input), precision: .single) { map, convolution, node in
            guard let layer = layers[node] else { preconditionFailure("node \(node) is a layer in float") }
            return map.convolvedInIntegers(convolution, layer)
        }
        return maps[maps.count - 1].values.map { Float($0) }
    }
}

extension SlowMap {
    /// Returns the sums of integers times codes, each scaled once and only then added to the bias, both in single precision.
    fileprivate func convolvedInIntegers(_ convolution: Convolution, _ layer: IntegerForm) -> SlowMap {
        var integers = [Int16](repeating: 0, count: values.count)
        let factors = layer.inputScales?.factors ?? [1]
        let scaled = values.enumerated().map { Float($1) * factors[$0 % factors.count] }
        layer.activation.encodeIntegers(scaled, into: &integers, count: integers.count)
        let (kernel, inputs, reach) = (convolution.kernel, convolution.inputs, convolution.kernel / 2)
        return SlowMap(height: height, width: width, channels: convolution.outputs) { y, x, output in
            var sum = 0
            for v in 0..<kernel where (0..<height).contains(y + v - reach) {
                for h in 0..<kernel where (0..<width).contains(x + h - reach) {
                    let pixel = ((y + v - reach) * width + x + h - reach) * inputs
                    for input in 0..<inputs {
                        let weight = layer.codes[((output * inputs + input) * kernel + v) * kernel + h]
                        sum += Int(integers[pixel + input]) * Int(weight)
                    }
                }
            }
            return Double(Float(sum) * layer.scales[output] + (convolution.bias?[output] ?? 0))
        }
    }
}
