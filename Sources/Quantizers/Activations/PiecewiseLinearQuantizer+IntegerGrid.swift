internal import CKernels

/// The snapping of piecewise linear quantizers (docs/method.md, "Integer grids"). Their levels lie on one integer grid once each
/// tail's step is a whole number of units, where the unit is `PiecewiseLinearGrid.unit` or a whole part of it.
extension PiecewiseLinearQuantizer {
    /// Returns the nearest quantizer whose levels lie on an integer grid, or nil for ranges that are too narrow for floats, those
    /// near 1e-6.
    ///
    /// The breakpoint stays. A tail's end moves so that the tail's step becomes a whole number of units, at least 1: by half a
    /// unit per step of the tail at most, unless the step was below half a unit or the tail was cut.
    ///
    /// The unit is that of the reading divided by the largest m for which the integers of all levels are bytes. Where they are not
    /// bytes even with m = 1, m is 1 and the integers have 16 bits; tails are then cut so that no magnitude is above
    /// `IntegerGrid.largestMagnitude` (which happens from an end of 292 breakpoints on at 4 bits, and of 16 at 8 bits).
    ///
    /// Edge cases: the end of a tail without extent moves to the nearest whole number of units if it is a level, and the tail
    /// stays empty.
    public func snapped() -> Self? {
        if integerGrid != nil { return self }
        for parts in stride(from: IntegerGrid.byteSpan / grid.breakpointUnits, through: 1, by: -1) {
            // A breakpoint that is too near to the new end to be legal would have moved, so this m does not serve.
            guard let moved = snapped(parts: parts), moved.breakpoint == breakpoint, moved.integerGrid != nil else { continue }
            let unit = grid.unit / Double(parts)
            if parts == 1 || IntegerGrid(unit: unit, levels: moved.levels)?.fitsByte == true { return moved }
        }
        return nil
    }

    /// Returns the quantizer whose ends are whole multiples of `grid.unit` / `parts`, or nil if an end is not finite.
    private func snapped(parts: Int) -> Self? {
        let unit = grid.unit / Double(parts)
        let reach = grid.breakpointUnits * parts
        let longestStep = (IntegerGrid.largestMagnitude - reach) / grid.tailSteps
        func end(_ magnitude: Float) -> Float {
            guard magnitude > breakpoint else {
                let units = (Double(magnitude) / unit).rounded()
                return Int(units) == reach ? breakpoint : Float(units * unit)
            }
            let step = (Double(magnitude - breakpoint) / Double(grid.tailSteps) / unit).rounded()
            return Float(Double(reach + grid.tailSteps * min(max(Int(min(step, 1e6)), 1), longestStep)) * unit)
        }
        let lowerIsLevel = !grid.isOneSided && -lower > breakpoint
        return try? Self(
            reading: reading, bits: bits, lower: lowerIsLevel ? -end(-lower) : lower, upper: end(upper), breakpoint: breakpoint)
    }

    public func encodeIntegers(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Int16>, count: Int) {
        guard let integerGrid else { preconditionFailure("\(name) does not lie on an integer grid") }
        let integers = grid.integers(on: integerGrid)
        withUnsafePointer(to: integers) { integers in
            withUnsafePointer(to: grid.kernel) { srq_kernels().pointee.piecewise_encode($0, integers, x, y, count) }
        }
    }
}

extension PiecewiseLinearQuantizer: KernelEncoded {
    package var kernelEncoding: KernelEncoding? {
        integerGrid.map { .piecewise(grid.kernel, grid.integers(on: $0)) }
    }
}

extension PiecewiseLinearGrid {
    /// Returns the integers that the codes of each segment stand for, as a step and a base per segment.
    func integers(on grid: IntegerGrid) -> srq_piecewise_integers {
        func line(_ segment: srq_segment) -> srq_integer_line {
            func integer(_ value: Float) -> Float { Float((Double(value) / Double(grid.unit)).rounded()) }
            return srq_integer_line(step: integer(segment.width / segment.steps), base: integer(segment.base))
        }
        return srq_piecewise_integers(
            below: line(kernel.below), dense: line(kernel.dense), above: line(kernel.above), of_nan: Float(grid.lowest))
    }
}
