import CKernels
import FloatEngine
import Networks
import QuantizedNetworks

extension IntegerProgram {
    /// Makes the program of a quantized network: its layers run in whole numbers where they have an integer form, all others in
    /// float, as the simulation computes them.
    ///
    /// - Parameters:
    ///   - quantized: The network, whose bits do not depend on the image; see `QuantizedNetwork.withFixedBits(imageStep:)`.
    ///   - precision: The precision of the layers that are not quantized; the machine has to have instructions for it.
    ///   - known: A program of the same network with the same weight codes; weights that both need in the same form are kept once.
    ///   - format: The format that all layers in whole numbers have to be computed in; nil leaves the choice to each layer.
    /// - Throws: `.overflow`, `.unsupported`, `.memory`, and `.inexact` for a layer that `format` does not fit.
    public convenience init(
        _ quantized: QuantizedNetwork, precision: Precision = .f32, sharing known: IntegerProgram? = nil, format: LayerFormat? = nil
    ) throws(IntegerEngineError) {
        var layers: [Int: IntegerForm] = [:]
        var overrides: [Int: ConvolutionOverride] = [:]
        for node in quantized.quantizedNodes {
            if case .integers(let form)? = quantized.arithmetic(node) {
                layers[node] = form
            } else {
                overrides[node] = quantized.override(node)
            }
        }
        try self.init(
            network: quantized.network, layers: layers, overrides: overrides, precision: precision, sharing: known,
            kernels: srq_kernels().pointee, format: format)
    }
}
