import CKernels

/// The ways in which a layer in whole numbers can be computed: which numbers are multiplied, and how (docs/integers.md, "How a
/// layer multiplies"). All that are exact for a layer give the same bytes.
public enum LayerFormat: String, Sendable, CaseIterable, CustomStringConvertible {
    case gaussian, winograd, narrow, wide

    /// The name that users see.
    public var description: String { rawValue }

    /// The formats in the order in which they are tried: the first that is exact for a layer is taken.
    ///
    /// The order follows from the times in docs/integers.md ("Which format is fastest"), GOP/s of 64 → 64 channels and 3×3 windows
    /// on one core of a Zen 4, counting the products of the direct sum, results finished in registers and encoded:
    ///
    ///     instructions    gaussian   winograd   narrow   wide
    ///     AVX-512 VNNI        1004        713      372    197
    ///     AVX-512              629        507      267    143
    ///     AVX2                 591        500      282    165
    ///
    /// NEON without dot products has to make bytes longer before it multiplies them: 16 bits come first there, by the number of
    /// instructions; it was not timed. Few outputs leave most of a block of outputs empty, so there bytes with pixels side by side
    /// win although they multiply more (64 → 3 channels: 11 ns a pixel, winograd 40, a block of outputs 54).
    static func fastestFirst(inputs: Int, outputs: Int, kernel: Int, on kernels: srq_kernel_table) -> [LayerFormat] {
        if hasFewOutputs(inputs: inputs, outputs: outputs, kernel: kernel, on: kernels) {
            return [.narrow, .gaussian, .winograd, .wide]
        }
        // One after the other, as many products as there are decide.
        if kernels.set == SRQ_SCALAR { return [.narrow, .wide, .winograd, .gaussian] }
        return kernels.set == SRQ_NEON ? [.winograd, .gaussian, .narrow, .wide] : [.gaussian, .winograd, .narrow, .wide]
    }

    /// Whether the kernel for few outputs (`few_convolution`) can compute a narrow layer of this shape on these kernels.
    static func hasFewOutputs(inputs: Int, outputs: Int, kernel: Int, on kernels: srq_kernel_table) -> Bool {
        kernels.few_convolution != nil && kernel == 3 && outputs <= Int(SRQ_FEW_OUTPUTS) && inputs % Int(SRQ_FEW_CHANNELS) == 0
    }
}
