/// PTQ4SR's density-based double clipping, which drops the thinner edge of a histogram until enough is gone (docs/baselines.md,
/// "Density-based double clipping").
public struct DensityClipping: Sendable, Equatable {
    /// The share of all values, 0…1, whose loss ends the clipping; the last bin dropped may take a little more away.
    public var share: Double

    /// Makes a clipping that drops bins until this share of all values is gone.
    public init(share: Double) { self.share = share }

    /// Returns the range that is left of a histogram when, while more than 1 - `share` of its values are left, the emptier of the
    /// two outermost bins is dropped, or the upper one if both are equally full.
    ///
    /// Edge cases: as in PTQ4SR's released code an end is the upper edge of the outermost bin left, at the lower end too, so that
    /// the first bin is clipped even where nothing is dropped.
    public func range(of histogram: Histogram) -> (lower: Float, upper: Float) {
        let counts = histogram.counts
        var (first, last) = (0, counts.count - 1)
        let total = counts.reduce(0, +)
        let enough = (1 - share) * Double(total)
        var left = total
        while Double(left) > enough, first < last {
            if counts[first] < counts[last] {
                left -= counts[first]
                first += 1
            } else {
                left -= counts[last]
                last -= 1
            }
        }
        let width = (Double(histogram.upper) - Double(histogram.lower)) / Double(counts.count)
        func upperEdge(_ bin: Int) -> Float { Float(Double(histogram.lower) + Double(bin + 1) * width) }
        return (upperEdge(first), upperEdge(last))
    }
}
