/// The kind "uniform": its levels are whole multiples of its step, 2^bits of them side by side, so that the engine's integers are
/// as narrow as they can be (0…15 or -8…7 at 4 bits). Step and place have the least squared error (docs/method.md, "Whole steps").
///
/// It differs from "mse" in that both ends are searched, each for itself, and in that the lower end is a multiple of the step even
/// before the network is snapped; training in which ranges move, and snapping, keep it to whole steps.
extension UniformQuantizer {
    static let wholeStepsName = "uniform"

    static let wholeStepsKind = kind(
        wholeStepsName, needs: .histogram, weightRange: .squaredError, hasRangesPerChannel: true
    ) { (statistics, bits) throws(QuantizerError) in
        guard let histogram = statistics.histogram else { throw .noHistogram }
        return try WholeStepSearch.leastSquaredError(
            bits: bits, lower: statistics.lower, upper: statistics.upper, histogram: histogram)
    }

    /// Whether the lower end of this quantizer is a whole multiple of its step wherever it lies on an integer grid.
    var hasWholeSteps: Bool { name == Self.wholeStepsName }
}
