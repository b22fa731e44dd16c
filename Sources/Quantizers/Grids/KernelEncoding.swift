package import CKernels

/// How the kernels compute the integer of a number's level, where a formula gives it.
package enum KernelEncoding: Sendable {
    /// As `srq_kernel_table.affine_encode` does.
    case affine(srq_affine, srq_integer_line)
    /// As `srq_kernel_table.piecewise_encode` does.
    case piecewise(srq_piecewise, srq_piecewise_integers)
}

/// A quantizer on an integer grid whose integers follow from a formula, not only from a list of levels.
package protocol KernelEncoded: ActivationQuantizer {
    /// Nil where there is no `integerGrid`.
    var kernelEncoding: KernelEncoding? { get }
}
