import Quantizers

extension ActivationQuantizer {
    /// Returns how far snapping, or anything else, has moved the ends of the range: the larger distance as a share of the range.
    package func movement(to other: some ActivationQuantizer) -> Float {
        let (mine, others) = (levels, other.levels)
        guard let first = mine.first, let last = mine.last, first < last else { return 0 }
        return max(abs((others.first ?? first) - first), abs((others.last ?? last) - last)) / (last - first)
    }
}
