/// The search for the breakpoint of least squared error, instead of the percentile (docs/method.md, "The breakpoint"; PWLQ does it
/// for weights).
public enum BreakpointSearch {
    /// Returns the best breakpoint for the quantizer's reading, bits and range; the quantizer's own breakpoint has no influence.
    ///
    /// The search tries breakpoint / max(upper, -lower) = 0.1, 0.2, … 0.9, then hundredths around the best, then thousandths
    /// around that, at most 0.99, the largest legal one: some 50 passes over the histogram's 2048 bins. Of two equally good
    /// breakpoints the smaller one wins.
    public static func leastSquaredError(_ quantizer: PiecewiseLinearQuantizer, histogram: Histogram) -> Float {
        let largestMagnitude = max(quantizer.upper, -quantizer.lower)
        var best = (thousandths: 0, error: Double.infinity)
        for step in [100, 10, 1] {
            let candidates = stride(from: best.thousandths - 9 * step, through: best.thousandths + 9 * step, by: step)
            for thousandths in candidates where 1...990 ~= thousandths {
                var candidate = quantizer
                candidate.parameters[2] = Float(thousandths) / 1000 * largestMagnitude
                let error = histogram.squaredError(of: candidate)
                if error < best.error || (error == best.error && thousandths < best.thousandths) { best = (thousandths, error) }
            }
        }
        return Float(best.thousandths) / 1000 * largestMagnitude
    }
}
