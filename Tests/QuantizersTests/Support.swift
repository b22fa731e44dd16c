import Quantizers
import Tensors

/// SplitMix64: the same numbers on every machine.
struct Random: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
        (0..<count).map { _ in Float.random(in: range, using: &self) }
    }
}

extension ElementwiseFunction {
    func applied(to x: [Float]) -> [Float] {
        var y = x
        y.withUnsafeMutableBufferPointer { apply($0.baseAddress!, into: $0.baseAddress!, count: $0.count) }
        return y
    }

    func differentiated(at x: [Float], outputGradient: [Float]) -> (input: [Float], parameters: [Double]) {
        var input = [Float](repeating: .nan, count: x.count)
        var parameters = [Double](repeating: 0, count: parameterCount)
        differentiate(x, outputGradient: outputGradient, into: &input, parameterGradients: &parameters, count: x.count)
        return (input, parameters)
    }
}

/// Quantizers of every kind and width over ranges with two tails, one, none, and next to none.
func assortedQuantizers() throws -> [any ActivationQuantizer] {
    let ranges: [(lower: Float, upper: Float, breakpoint: Float)] = [
        (-10.5, 12.25, 3), (0, 7.3, 1.7), (-2, 150, 30.1), (-9, 0.8, 2.5), (-0.3, 4, 0.9), (0.5, 3, 0.25), (-2, 2, 1.98),
        (-1.5, 6, 1.5), (-1e-5, 1e-5, 5e-6), (-3e17, 8e17, 1e16), (-0.1, 100, 1e-6),
    ]
    var quantizers: [any ActivationQuantizer] = []
    for kind in QuantizerRegistry.standard.kinds {
        for bits in kind.supportedBits {
            for range in ranges {
                let parameters = [range.lower, range.upper, range.breakpoint].prefix(kind.parameterNames.count)
                quantizers.append(try kind.quantizer(bits: bits, parameters: Array(parameters)))
            }
        }
    }
    return quantizers
}

/// Everything at which a quantizer could change its mind, and its neighbours.
func hardInputs(_ quantizer: any ActivationQuantizer) -> [Float] {
    let levels = quantizer.levels
    let middles = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    let points = levels + middles + quantizer.parameters + quantizer.parameters.map { -$0 } + [0, -0.0]
    return points.flatMap { [$0, $0.nextUp, $0.nextDown] } + [.greatestFiniteMagnitude, -.greatestFiniteMagnitude]
}
