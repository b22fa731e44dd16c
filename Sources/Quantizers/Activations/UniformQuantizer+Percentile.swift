/// From P1 to P99 of x: the outermost values are clipped (facts.md 4.2).
extension UniformQuantizer {
    static let percentileKind = kind("percentile", needs: .percentiles, weightRange: .percentile) {
        (statistics, _) throws(QuantizerError) in
        guard let ends = statistics.percentiles else { throw .noStatistics("the percentiles of the activations") }
        return (ends.lower, ends.upper)
    }
}
