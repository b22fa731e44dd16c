/// What calibration knows about one layer's input: of one batch, or a moving average over batches.
public struct ActivationStatistics: Sendable, Equatable {
    public var lower: Float
    public var upper: Float
    /// The 99th percentile of |x| (facts.md A5), or another if the recipe says so.
    public var percentileAbsolute: Float
    /// Only for quantizers that search.
    public var histogram: Histogram?

    public init(lower: Float, upper: Float, percentileAbsolute: Float, histogram: Histogram? = nil) {
        self.lower = lower
        self.upper = upper
        self.percentileAbsolute = percentileAbsolute
        self.histogram = histogram
    }
}

/// How a quantizer is fitted to statistics.
public struct FittingOptions: Sendable, Equatable {
    public enum Breakpoint: String, Sendable, CaseIterable {
        /// The paper: the percentile of the statistics.
        case percentile
        /// `BreakpointSearch` over the histogram of the statistics.
        case leastSquaredError = "search"
    }

    public var breakpoint: Breakpoint

    public init(breakpoint: Breakpoint = .percentile) { self.breakpoint = breakpoint }
}
