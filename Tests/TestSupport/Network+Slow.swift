import Glibc
import Networks

/// The precision in which `Network.slowMaps` computes.
package enum SlowPrecision {
    case double
    /// Every sum and every product is rounded to a float, as an engine in single precision does. To compute them in double
    /// precision first makes no difference: of two floats, sums and products that are rounded to 53 bits and then to 24 are those
    /// rounded once.
    case single
}

extension Network {
    package typealias SlowConvolution = (_ input: SlowMap, _ convolution: Convolution, _ node: Int) -> SlowMap

    /// Returns the map of every node, computed by a slow exact interpreter: whole maps, one operation after the other.
    /// - Parameter convolve: what computes the convolutions; unless a test says otherwise, direct sums in double precision.
    package func slowMaps(
        of input: SlowMap, precision: SlowPrecision = .double,
        convolve: SlowConvolution = { map, convolution, _ in map.convolved(convolution.weight, convolution.bias) }
    ) -> [SlowMap] {
        func rounded(_ map: SlowMap) -> SlowMap { precision == .single ? map.roundedToSingle : map }
        var maps: [SlowMap] = []
        for (index, node) in nodes.enumerated() {
            let inputs = node.inputs.map { maps[$0] }
            let result =
                switch node.operation {
                case .input: input
                case .convolution(let convolution): convolve(inputs[0], convolution, index)
                case .affine(let scale, let shift): rounded(inputs[0].scaled(by: scale)).shifted(by: shift)
                case .relu: inputs[0].relu()
                case .leakyRelu(let slope): inputs[0].prelu([slope])
                case .prelu(let slopes): inputs[0].prelu(slopes)
                case .add: inputs.dropFirst().reduce(inputs[0]) { rounded($0 + $1) }
                case .multiply(let factor): inputs[0].scaled(by: [factor])
                case .concatenate: SlowMap.join(inputs)
                case .pixelShuffle(let factor): inputs[0].shuffled(factor)
                case .resizeBilinear(let factor): inputs[0].resized(factor)
                case .tanh: inputs[0].map { value, _ in precision == .single ? Double(tanhf(Float(value))) : tanh(value) }
                }
            maps.append(rounded(result))
        }
        return maps
    }

    /// Returns what the last node makes of a map, in double precision.
    package func slowlyRun(_ input: SlowMap) -> SlowMap { slowMaps(of: input)[nodes.count - 1] }
}
