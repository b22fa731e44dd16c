import FloatEngine
import Networks
import Tensors

extension Executor {
    /// Runs a network by direct convolutions, none by Winograd's transforms: a layer that has a quantizer is computed directly,
    /// even if it does nothing.
    package static func direct(_ network: Network) throws(FloatEngineError) -> Executor {
        let overrides = network.layers.map { ($0, ConvolutionOverride(input: Identity())) }
        return try Executor(network: network, pool: ThreadPool(threads: 2), overrides: Dictionary(uniqueKeysWithValues: overrides))
    }
}

private struct Identity: ElementwiseFunction {
    var parameterCount: Int { 0 }
    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) { y.update(from: x, count: count) }
    func differentiate(
        _: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into _: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {}
}
