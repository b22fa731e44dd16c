/// The kind "ptq4sr": its clipping range is the mean over batches of what double clipping leaves of each batch's range
/// (docs/baselines.md, "Density-based double clipping").
extension UniformQuantizer {
    static let densityKind = kind("ptq4sr", needs: .densityClipping, weightRange: .minmax, hasRangesPerChannel: true) {
        (statistics, bits) throws(QuantizerError) in
        guard let ranges = statistics.densityRanges else { throw .noStatistics("doubly clipped ranges of the activations") }
        return bits >= 8 ? (ranges.wide.lower, ranges.wide.upper) : (ranges.narrow.lower, ranges.narrow.upper)
    }
}
