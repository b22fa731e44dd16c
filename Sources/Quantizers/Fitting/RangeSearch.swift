/// The range of least squared error among those that shrink both ends of a given one together (facts.md 4.3, 4.5).
public enum RangeSearch {
    /// Tries the ratios 1 - 0.01 i, i = 0, 1, …; of equally good ones the widest wins.
    ///
    /// - Parameters:
    ///   - quantizer: with the range to start from. Other parameters than the range's ends stay.
    ///   - candidates: how many ratios, at most 100.
    ///   - histogram: of the layer's input; a value counts as the middle of its bin, values beyond the ends as those of the
    ///     outermost.
    /// - Returns: the parameters of the best.
    public static func leastSquaredError(
        _ quantizer: some ActivationQuantizer, candidates: Int, histogram: Histogram
    ) -> [Float] {
        let names = type(of: quantizer).parameterNames
        let ends = names.indices.filter { names[$0] == "lower" || names[$0] == "upper" }
        let start = quantizer.parameters
        var best = (error: Double.infinity, parameters: start)
        for candidate in 0..<candidates {
            let ratio = 1 - 0.01 * Float(candidate)
            var parameters = start
            for end in ends { parameters[end] = start[end] * ratio }
            var shrunk = quantizer
            shrunk.parameters = parameters
            let error = histogram.squaredError(of: shrunk)
            if error < best.error { best = (error, parameters) }
        }
        return best.parameters
    }
}
