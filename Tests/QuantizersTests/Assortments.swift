import Quantizers

/// Assortments of quantizers: every kind and width over ranges with two tails, one, none, and next to none.
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

/// Returns the numbers at which a quantizer could pass from one level or region to another, and their neighbours.
func hardInputs(_ quantizer: any ActivationQuantizer) -> [Float] {
    let levels = quantizer.levels
    let middles = zip(levels, levels.dropFirst()).map { ($0 + $1) / 2 }
    let points = levels + middles + quantizer.parameters + quantizer.parameters.map { -$0 } + [0, -0.0]
    return points.flatMap { [$0, $0.nextUp, $0.nextDown] } + [.greatestFiniteMagnitude, -.greatestFiniteMagnitude]
}
