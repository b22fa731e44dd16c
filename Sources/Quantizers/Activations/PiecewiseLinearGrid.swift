import CKernels

/// The grids of one piecewise linear quantizer, ready for the kernels.
struct PiecewiseLinearGrid {
    let kernel: srq_piecewise
    let levels: [Float]
    let isOneSided: Bool
    let tailSteps: Int
    /// So many `unit`s are the breakpoint: n₁.
    let breakpointUnits: Int
    /// The largest number that the dense levels and the breakpoint are multiples of, up to rounding: half the dense step, or all of
    /// it where levels start at 0.
    let unit: Double

    init(reading: PiecewiseLinearReading, bits: Int, lower: Float, upper: Float, breakpoint: Float) {
        let denseSteps = (1 << (bits - 1)) - 1
        let oneSided = reading == .oneSided && lower >= 0
        let tailSteps = oneSided ? 1 << (bits - 1) : (1 << (bits - 2)) - 1
        (isOneSided, self.tailSteps, breakpointUnits) = (oneSided, tailSteps, denseSteps)
        unit = Double(breakpoint) / Double(denseSteps)
        let largestDense = (denseSteps - 1) / 2

        let dense: Segment
        if oneSided {
            // Its lower end is the number 0, which no parameter moves.
            dense = Segment(
                lower: 0, upper: breakpoint, base: 0, width: breakpoint, steps: denseSteps, codes: 0...denseSteps,
                atLower: 0, atUpper: 1, perError: 1 / Float(denseSteps))
        } else if reading == .offset {
            dense = Segment(
                lower: -breakpoint, upper: breakpoint, base: -breakpoint, width: 2 * breakpoint, steps: denseSteps,
                codes: 0...denseSteps, atLower: -1, atUpper: 1, perError: 2 / Float(denseSteps))
        } else {
            dense = Segment(
                lower: -breakpoint, upper: breakpoint, base: 0, width: 2 * breakpoint / Float(denseSteps), steps: 1,
                codes: -largestDense...largestDense, atLower: -1, atUpper: 1, perError: 2 / Float(denseSteps), reachesUpper: false)
        }
        let below = Segment(
            tailFrom: lower, to: -breakpoint, steps: tailSteps, emptyAt: -breakpoint, atLower: 0, atUpper: -1)
        let above = Segment(
            tailFrom: breakpoint, to: upper, steps: tailSteps, emptyAt: upper, atLower: 1, atUpper: 0)

        kernel = srq_piecewise(
            below: below.kernel, dense: dense.kernel, above: above.kernel,
            below_start: oneSided ? -.infinity : -breakpoint, above_start: breakpoint,
            // round(±bp / s) = round(±n₁ / 2) would be one level too far. In the literal reading n₂ is the largest dense code
            // and the largest tail code, so one limit does for both.
            limit: oneSided || reading == .offset ? .infinity : Float(largestDense),
            lower_per_error: below.kernel.per_error, upper_per_error: -above.kernel.per_error)
        levels = sortedLevels((oneSided ? [] : below.levels) + dense.levels + above.levels)
    }
}

/// One evenly spaced grid: the kernel's view of it and its codes.
private struct Segment {
    let kernel: srq_segment
    let codes: ClosedRange<Int>

    init(
        lower: Float, upper: Float, base: Float, width: Float, steps: Int, codes: ClosedRange<Int>,
        atLower: Float, atUpper: Float, perError: Float, reachesUpper: Bool = true
    ) {
        kernel = srq_segment(
            lower: lower, upper: upper, base: base, width: width, steps: Float(steps),
            // The last code is the segment's end to the last bit: the neighbour has the same level.
            top: reachesUpper ? Float(codes.upperBound) : .infinity,
            at_lower: atLower, at_upper: atUpper, per_error: perError)
        self.codes = codes
    }

    /// The tail between two numbers of which one is ±breakpoint; a tail without extent has the single level `emptyAt`.
    ///
    /// A width below 1e-6 is taken as 1e-6 and then no longer follows the parameters.
    init(tailFrom lower: Float, to upper: Float, steps: Int, emptyAt: Float, atLower: Float, atUpper: Float) {
        guard lower < upper else {
            self.init(
                lower: lower, upper: upper, base: emptyAt, width: 1, steps: 1, codes: 0...0, atLower: atLower, atUpper: atUpper,
                perError: 0, reachesUpper: false)
            return
        }
        let smallest: Float = 1e-6
        let width = upper - lower
        self.init(
            lower: lower, upper: upper, base: lower, width: max(width, smallest), steps: steps, codes: 0...steps,
            atLower: atLower, atUpper: atUpper, perError: width >= smallest ? -1 / Float(steps) : 0)
    }

    /// The kernel's expression, operation by operation.
    var levels: [Float] {
        codes.map { code in
            let r = Float(code)
            return r == kernel.top ? kernel.upper : r * kernel.width / kernel.steps + kernel.base
        }
    }
}
