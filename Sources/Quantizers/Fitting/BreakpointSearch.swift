/// The breakpoint by least squared error instead of by percentile (facts.md A7, as PWLQ does it for weights).
public enum BreakpointSearch {
    /// Tries breakpoint / max(upper, -lower) = 0.1, 0.2, … 0.9, then hundredths around the best, then thousandths around that.
    ///
    /// Of two equally good ones the smaller. Some 50 passes over the histogram's 2048 bins.
    /// - Returns: the best breakpoint for `quantizer`'s reading, bits and range; its own breakpoint has no influence.
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
