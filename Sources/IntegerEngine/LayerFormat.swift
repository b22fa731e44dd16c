import CKernels

/// How a layer in whole numbers can be computed.
package enum LayerFormat: String, Sendable, CaseIterable, CustomStringConvertible {
    case gaussian, winograd, narrow, wide

    package var description: String { rawValue }

    /// Formats in the order in which they are tried on an instruction set: the first that is exact for a layer is taken.
    ///
    /// What 64 → 64 channels and 3×3 windows take on one core, in GOP/s, results finished in registers, is in docs/integers.md ("Which
    /// format is fastest"). The order is the same on all sets that were timed; a set without a kernel skips it.
    static func fastestFirst(on kernels: srq_kernel_table) -> [LayerFormat] { [.gaussian, .winograd, .narrow, .wide] }
}
