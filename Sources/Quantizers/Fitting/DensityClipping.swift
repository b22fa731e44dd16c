/// PTQ4SR's density-based double clipping (facts.md 4.4): drops the thinner edge of a histogram until enough is gone.
public struct DensityClipping: Sendable, Equatable {
    /// How much may go, as a share of all values, 0…1.
    public var share: Double

    public init(share: Double) { self.share = share }

    /// Drops the emptier of the two outermost bins, of equally full ones the upper, while more than 1 - `share` of the values are
    /// left.
    ///
    /// As in the released code an end is the upper edge of the outermost bin left, at the lower end too: with nothing dropped, the
    /// first bin is clipped all the same.
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
