internal import CKernels

/// The snapping of uniform quantizers (docs/method.md, "Integer grids"). Their levels are z + m · code units, for whole numbers z
/// and m, once `lower` is z units of `step` / m.
extension UniformQuantizer {
    /// Returns the nearest quantizer whose levels lie on an integer grid, or nil for a range so far from 0 that no m keeps the
    /// integers small.
    ///
    /// `lower` goes to the nearest multiple of `step` / m, with the largest m for which the levels span at most a byte, and so
    /// moves by half a unit at most. `upper` follows, so that the step stays.
    ///
    /// A quantizer with whole steps ("uniform") has m = 1: it moves by half a step at most.
    ///
    /// Edge cases: a `lower` of 0 stays and m is 1, so nothing moves.
    public func snapped() -> Self? {
        if let integers = integerGrid?.integers, !hasWholeSteps || integers.prefix(2).last == integers[0] + 1 { return self }
        let steps = (1 << bits) - 1
        for parts in stride(from: hasWholeSteps ? 1 : IntegerGrid.byteSpan / steps, through: 1, by: -1) {
            let unit = Double(step) / Double(parts)
            let lower = (Double(lower) / unit).rounded() * unit
            let upper = lower + Double(steps) * Double(step)
            if let moved = try? Self(name: name, bits: bits, lower: Float(lower), upper: Float(upper)), moved.integerGrid != nil {
                return moved
            }
        }
        return nil
    }

    public func encodeIntegers(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Int16>, count: Int) {
        guard let line else { preconditionFailure("\(name) does not lie on an integer grid") }
        withUnsafePointer(to: line) { line in
            withUnsafePointer(to: kernel) { srq_kernels().pointee.affine_encode($0, line, x, y, count) }
        }
    }

    /// The integers that the codes stand for; nil where there is no grid.
    private var line: srq_integer_line? {
        guard let integerGrid else { return nil }
        let unit = Double(integerGrid.unit)
        return srq_integer_line(step: Float((Double(step) / unit).rounded()), base: Float((Double(lower) / unit).rounded()))
    }
}

extension UniformQuantizer: KernelEncoded {
    package var kernelEncoding: KernelEncoding? { line.map { .affine(kernel, $0) } }
}
