/// The search for evenly spaced levels of least squared error that are whole multiples of their step: lower = -z · step and upper =
/// (n - z) · step for a whole number z, n = 2^bits - 1.
public enum WholeStepSearch {
    /// Returns the ends of the best levels that are found.
    ///
    /// The search shrinks both ends, each for itself: first by twentieths of the distance from the middle of the range to its end,
    /// then by hundredths around the best; every pair of ends gives a step and the nearest z. Then it tries 41 steps within 4 % of
    /// the best, with z - 1, z and z + 1. Of equally good levels those that were tried first win, which are the widest.
    /// - Parameters:
    ///   - bits: the number of bits of a code.
    ///   - lower: the lower end of the widest range.
    ///   - upper: the upper end of the widest range.
    ///   - histogram: the histogram of the layer's input; a value counts as the middle of its bin.
    /// - Throws: `.unsupportedBits`, `.notFinite`.
    public static func leastSquaredError(
        bits: Int, lower: Float, upper: Float, histogram: Histogram
    ) throws(QuantizerError) -> (lower: Float, upper: Float) {
        let widest = try UniformQuantizer(bits: bits, lower: lower, upper: upper)
        var search = Search(bits: bits, histogram: histogram)
        // 0 is where the ends of a range that contains it shrink to: it is where most activations are.
        let (low, high) = (Double(widest.lower), Double(widest.upper))
        let centre = min(max(0, low), high)
        func end(_ end: Double, _ hundredths: Int) -> Double { centre + (end - centre) * Double(100 - hundredths) / 100 }
        var best = (low: 0, high: 0)
        for (stride, reach) in [(5, 0...95), (1, -4...4)] {
            let around = best
            for a in Swift.stride(from: reach.lowerBound, through: reach.upperBound, by: stride) where low < centre || a == 0 {
                for b in Swift.stride(from: reach.lowerBound, through: reach.upperBound, by: stride) where high > centre || b == 0 {
                    let (a, b) = (around.low + a, around.high + b)
                    guard (0..<100).contains(a), (0..<100).contains(b) else { continue }
                    if search.tries(end(low, a), end(high, b)) { best = (a, b) }
                }
            }
        }
        let (step, zero) = (search.step, search.zero)
        for z in [zero, zero - 1, zero + 1] {
            for thousandths in Swift.stride(from: -40, through: 40, by: 2) {
                search.tries(step: step * (1 + Double(thousandths) / 1000), zero: z)
            }
        }
        return (Float(-search.zero * search.step), Float((search.steps - search.zero) * search.step))
    }

    /// The best levels so far.
    private struct Search {
        let bits: Int
        let histogram: Histogram
        /// The number of steps between the outermost levels.
        let steps: Double
        private(set) var step = 0.0
        private(set) var zero = 0.0
        private var error = Double.infinity

        init(bits: Int, histogram: Histogram) {
            (self.bits, self.histogram) = (bits, histogram)
            steps = Double((1 << bits) - 1)
        }

        /// Tries the levels nearest to a range, and returns whether they are the best so far.
        mutating func tries(_ lower: Double, _ upper: Double) -> Bool {
            // No level may be farther from 0 than grids reach.
            let reach = max(abs(lower), abs(upper)) / Double(IntegerGrid.largestMagnitude)
            let step = max((upper - lower) / steps, reach, Double(ActivationRange.smallestWidth) / steps)
            return tries(step: step, zero: (-lower / step).rounded())
        }

        /// Tries levels, and returns whether they are the best so far.
        @discardableResult
        mutating func tries(step: Double, zero: Double) -> Bool {
            guard abs(zero) <= Double(IntegerGrid.largestMagnitude), abs(steps - zero) <= Double(IntegerGrid.largestMagnitude),
                let quantizer = try? UniformQuantizer(
                    bits: bits, lower: Float(-zero * step), upper: Float((steps - zero) * step))
            else { return false }
            let error = histogram.squaredError(of: quantizer)
            guard error < self.error else { return false }
            (self.step, self.zero, self.error) = (step, zero, error)
            return true
        }
    }
}
