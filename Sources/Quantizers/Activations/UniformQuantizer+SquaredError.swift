/// The kind "mse": its clipping range is the one of least mean squared error among those that shrink both ends of the min-max
/// range together by 1 - 0.01 i, i = 0…89 (docs/baselines.md, "MSE").
///
/// The search runs once, on one histogram of all images over the moving averages of minimum and maximum. AdaBM's released code
/// searches every batch but discards what it finds, so that its "MSE" has min-max activations: that is "minmax" with the weight
/// range "mse" here.
extension UniformQuantizer {
    static let squaredErrorKind = kind("mse", needs: .histogram, weightRange: .squaredError) {
        (statistics, bits) throws(QuantizerError) in
        guard let histogram = statistics.histogram else { throw .noHistogram }
        let start = try UniformQuantizer(bits: bits, lower: statistics.lower, upper: statistics.upper)
        let best = RangeSearch.leastSquaredError(start, candidates: 90, histogram: histogram)
        return (best[0], best[1])
    }
}
