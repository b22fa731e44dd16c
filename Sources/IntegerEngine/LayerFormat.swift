import CKernels

/// How a layer in whole numbers can be computed.
package enum LayerFormat: String, Sendable, CaseIterable, CustomStringConvertible {
    case gaussian, winograd, narrow, wide

    package var description: String { rawValue }

    /// The formats in the order in which they are tried: the first that is exact for a layer is taken.
    ///
    /// The order follows from times of 64 → 64 channels and 3×3 windows on one core of a Zen 4, whose results are finished in registers
    /// (GOP/s, counting the products of the direct sum): docs/integers.md, "Which format is fastest", has them for each instruction set.
    /// Few outputs leave most of a block of outputs empty, so there bytes with pixels side by side win although they multiply more.
    static func fastestFirst(inputs: Int, outputs: Int, kernel: Int, on kernels: srq_kernel_table) -> [LayerFormat] {
        hasFewOutputs(inputs: inputs, outputs: outputs, kernel: kernel, on: kernels)
            ? [.narrow, .gaussian, .winograd, .wide] : [.gaussian, .winograd, .narrow, .wide]
    }

    /// Whether the kernel for few outputs takes such a layer.
    static func hasFewOutputs(inputs: Int, outputs: Int, kernel: Int, on kernels: srq_kernel_table) -> Bool {
        kernels.few_convolution != nil && kernel == 3 && outputs <= Int(SRQ_FEW_OUTPUTS) && inputs % Int(SRQ_FEW_CHANNELS) == 0
    }
}
