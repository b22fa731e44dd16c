/// The search for the levels of least squared error, in any spacing: what Lloyd's algorithm looks for (Lloyd-Max levels), found
/// exactly by dynamic programming over the histogram's bins.
public enum LevelSearch {
    /// Returns the `count` levels of least squared error, ascending; fewer where fewer bins are occupied.
    ///
    /// Each level is the mean of neighbouring bins' numbers; where the bins are divided is what is searched. With C(i, j) the
    /// error of one level for the bins i ..< j, the least error of k levels for the first j bins is min over i of that of k - 1
    /// levels for the first i plus C(i, j). The best i never descends with j, so that halving the j's takes bins · log(bins)
    /// steps a level.
    /// - Parameter histogram: the histogram of the layer's input; a value counts as the middle of its bin.
    public static func leastSquaredError(count: Int, histogram: Histogram) -> [Float] {
        let bins = Bins(histogram)
        let size = bins.count
        guard size > 0, count > 0 else { return [] }
        var errors = (0...size).map { bins.error(0, $0) }
        // cuts[k][j] is the first bin of the last of k + 2 levels for the first j bins.
        var cuts: [[Int]] = []
        for _ in 1..<max(min(count, size), 1) {
            var next = [Double](repeating: .infinity, count: size + 1)
            var cut = [Int](repeating: 0, count: size + 1)
            // Ranges of j that are still to be filled, with the bins among which the best cut is.
            var open = [(first: 1, last: size, lowest: 0, highest: size)]
            while let (first, last, lowest, highest) = open.popLast() {
                guard first <= last else { continue }
                let middle = (first + last) / 2
                for i in lowest...min(highest, middle) {
                    let error = errors[i] + bins.error(i, middle)
                    if error < next[middle] { (next[middle], cut[middle]) = (error, i) }
                }
                open.append((first, middle - 1, lowest, cut[middle]))
                open.append((middle + 1, last, cut[middle], highest))
            }
            errors = next
            cuts.append(cut)
        }
        var (levels, end) = ([Float](), size)
        for cut in cuts.reversed() {
            let start = cut[end]
            if start < end { levels.append(bins.mean(start, end)) }
            end = start
        }
        if end > 0 { levels.append(bins.mean(0, end)) }
        return levels.reversed()
    }

    /// The occupied bins of a histogram, with running sums that give means and errors at once.
    private struct Bins {
        /// The sums over the bins before each one: of counts, of numbers, of squares. Numbers are measured from the histogram's
        /// mean, so that differences of squares do not cancel.
        private var sums: [(count: Double, value: Double, square: Double)] = [(0, 0, 0)]
        private let origin: Double

        var count: Int { sums.count - 1 }

        init(_ histogram: Histogram) {
            let occupied = zip(histogram.centers, histogram.counts).filter { $0.1 > 0 }
            let total = occupied.reduce(0.0) { $0 + Double($1.1) }
            origin = occupied.reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / max(total, 1)
            for (center, number) in occupied {
                let (x, n) = (Double(center) - origin, Double(number))
                let last = sums[sums.count - 1]
                sums.append((last.count + n, last.value + n * x, last.square + n * x * x))
            }
        }

        /// Returns the squared error of one level, the mean, for the bins from `first` up to `end`; 0 for none.
        func error(_ first: Int, _ end: Int) -> Double {
            let count = sums[end].count - sums[first].count
            guard count > 0 else { return 0 }
            let value = sums[end].value - sums[first].value
            return max(sums[end].square - sums[first].square - value * value / count, 0)
        }

        func mean(_ first: Int, _ end: Int) -> Float {
            Float(origin + (sums[end].value - sums[first].value) / max(sums[end].count - sums[first].count, 1))
        }
    }
}
