internal import CKernels

/// The three grids of one piecewise linear quantizer (a dense one and two tails), ready for the kernels (docs/method.md,
/// "Piecewise linear quantization").
struct PiecewiseLinearGrid {
    let kernel: srq_piecewise
    /// The different levels of all three grids, ascending.
    let levels: [Float]
    /// Whether the dense levels begin at 0 and there is no lower tail.
    let isOneSided: Bool
    /// The number of steps across one tail, n₂.
    let tailSteps: Int
    /// The breakpoint in multiples of `unit`: n₁ = 2^(bits - 1) - 1.
    let breakpointUnits: Int
    /// The largest number of which the dense levels and the breakpoint are whole multiples, up to rounding: breakpoint / n₁. It is
    /// half of the dense step, or the whole of it where the dense levels start at 0.
    let unit: Double

    /// Makes the grids of a quantizer whose parameters are legal.
    init(reading: PiecewiseLinearReading, bits: Int, lower: Float, upper: Float, breakpoint: Float) {
        let denseSteps = (1 << (bits - 1)) - 1
        let oneSided = reading == .oneSided && lower >= 0
        let tailSteps = oneSided ? 1 << (bits - 1) : (1 << (bits - 2)) - 1
        (isOneSided, self.tailSteps, breakpointUnits) = (oneSided, tailSteps, denseSteps)
        unit = Double(breakpoint) / Double(denseSteps)
        let largestDense = (denseSteps - 1) / 2

        let dense: Segment
        if oneSided {
            // The lower end of the dense grid is the number 0, which no parameter moves.
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
            // In the literal reading round(±bp / s₁) = round(±n₁ / 2) would be one level too far, so codes are limited. There the
            // largest dense code (n₁ - 1) / 2 equals n₂, the largest code of a tail, so one limit does for all three grids.
            limit: oneSided || reading == .offset ? .infinity : Float(largestDense),
            lower_per_error: below.kernel.per_error, upper_per_error: -above.kernel.per_error)
        levels = sortedLevels((oneSided ? [] : below.levels) + dense.levels + above.levels)
    }
}

/// One evenly spaced grid, as the kernel sees it, with its codes.
private struct Segment {
    let kernel: srq_segment
    let codes: ClosedRange<Int>

    init(
        lower: Float, upper: Float, base: Float, width: Float, steps: Int, codes: ClosedRange<Int>,
        atLower: Float, atUpper: Float, perError: Float, reachesUpper: Bool = true
    ) {
        kernel = srq_segment(
            lower: lower, upper: upper, base: base, width: width, steps: Float(steps),
            // The level of the last code is the segment's end to the last bit instead of the formula's result, because the
            // neighbouring segment has the same level.
            top: reachesUpper ? Float(codes.upperBound) : .infinity,
            at_lower: atLower, at_upper: atUpper, per_error: perError)
        self.codes = codes
    }

    /// Makes the tail between two numbers, of which one is ±breakpoint.
    ///
    /// Edge cases: a tail without extent has the single level `emptyAt`. A width below 1e-6 is taken as 1e-6 and then no longer
    /// follows the parameters.
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

    /// The levels of all codes, computed by the kernel's expression, operation by operation, so that they equal its results bit
    /// for bit.
    var levels: [Float] {
        codes.map { code in
            let r = Float(code)
            return r == kernel.top ? kernel.upper : r * kernel.width / kernel.steps + kernel.base
        }
    }
}
