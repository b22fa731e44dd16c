/// The search for the range of least squared error among those that shrink both ends of a given one together (docs/baselines.md,
/// "MSE" and "Bit-aware clipping").
public enum RangeSearch {
    /// Returns the parameters of the best range among those that have 1 - 0.01 i times the ends, i = 0, 1, …; of equally good ones
    /// the widest wins.
    ///
    /// - Parameters:
    ///   - quantizer: the quantizer with the range to start from. Its parameters other than the range's ends stay.
    ///   - candidates: the number of ratios, at most 100.
    ///   - histogram: the histogram of the layer's input; a value counts as the middle of its bin, and values beyond the
    ///     histogram's ends as that of the outermost bin.
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
