import CDNN

/// oneDNN's gradient of the weights and bias of a convolution of one shape, shared by every layer and band that has it.
final class WeightGradientPrimitive: @unchecked Sendable {
    // Invariant behind @unchecked: oneDNN primitives do not change once made; running one touches only its arguments.
    private let handle: OpaquePointer
    /// How many floats the weights' gradient takes in the primitive's own layout.
    let weightCount: Int
    /// How many floats of scratch memory a run needs.
    let scratchCount: Int
    private let library: ConvolutionLibrary.Engine

    /// Makes the gradient of a convolution of this description.
    init(_ description: cdnn_convolution_description, library: ConvolutionLibrary.Engine, node: String) throws(FloatEngineError) {
        var handle: OpaquePointer?
        let failure = withUnsafePointer(to: description) { cdnn_weight_gradient_create(&handle, library.handle, $0) }
        guard let handle else {
            throw .library(node: node, message: failure.map { String(cString: $0) } ?? "oneDNN failed")
        }
        (self.handle, self.library) = (handle, library)
        weightCount = (cdnn_weight_gradient_bytes(handle) + 3) / 4
        scratchCount = (cdnn_weight_gradient_scratch_bytes(handle) + 3) / 4
    }

    deinit { cdnn_weight_gradient_destroy(handle) }

    /// Returns whether gradients in the layout of the one can be added to those in the other's.
    func sharesLayout(with other: WeightGradientPrimitive) -> Bool {
        self === other || cdnn_weight_gradient_same_layout(handle, other.handle) != 0
    }

    /// Writes the gradients of the weights, in the primitive's own layout, and of the bias.
    /// - Returns: the reason why it failed, or nil.
    func run(
        _ input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, weights: UnsafeMutablePointer<Float>,
        bias: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) -> String? {
        cdnn_weight_gradient_run(handle, input, outputGradient, weights, bias, scratch).map { String(cString: $0) }
    }

    /// Writes a gradient that is in the primitive's own layout as `[outputs, inputs, kernel, kernel]`.
    /// - Returns: the reason why it failed, or nil.
    func unpack(_ weights: UnsafePointer<Float>, into plain: UnsafeMutablePointer<Float>) -> String? {
        cdnn_weight_gradient_unpack(handle, weights, plain).map { String(cString: $0) }
    }
}
