/// The kind "percentile": its clipping range goes from P1 to P99 of x, so that the outermost values are clipped
/// (docs/baselines.md, "Percentile"). Another percentile than 99 is an option of the recipe.
extension UniformQuantizer {
    static let percentileKind = kind("percentile", needs: .percentiles, weightRange: .percentile) {
        (statistics, _) throws(QuantizerError) in
        guard let ends = statistics.percentiles else { throw .noStatistics("the percentiles of the activations") }
        return (ends.lower, ends.upper)
    }
}
