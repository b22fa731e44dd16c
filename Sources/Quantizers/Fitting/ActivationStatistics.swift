/// What a quantizer wants to know beyond extremes and the percentile of |x|, since not all of it is cheap.
public struct StatisticsNeeds: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let percentiles = StatisticsNeeds(rawValue: 1)
    /// A second pass over the images.
    public static let histogram = StatisticsNeeds(rawValue: 2)
    /// A second pass over every batch.
    public static let densityClipping = StatisticsNeeds(rawValue: 4)
}

/// What calibration knows about one layer's input: of one batch, or a moving average over batches.
public struct ActivationStatistics: Sendable, Equatable {
    /// Two ends of a range.
    public struct Ends: Sendable, Equatable {
        public var lower, upper: Float

        public init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }
    }

    /// What `DensityClipping` leaves at the recipe's two shares.
    public struct DensityRanges: Sendable, Equatable {
        public var narrow: Ends
        /// For layers of 8 bits.
        public var wide: Ends

        public init(narrow: Ends, wide: Ends) { (self.narrow, self.wide) = (narrow, wide) }
    }

    public var lower: Float
    public var upper: Float
    /// The 99th percentile of |x| (facts.md A5), or another if the recipe says so.
    public var percentileAbsolute: Float
    /// P1 and P99 of x, or others if the recipe says so.
    public var percentiles: Ends?
    /// The mean over batches, not the moving average.
    public var densityRanges: DensityRanges?
    /// Of all images, over `lower`…`upper`. Only for quantizers that search.
    public var histogram: Histogram?

    public init(
        lower: Float, upper: Float, percentileAbsolute: Float, percentiles: Ends? = nil, densityRanges: DensityRanges? = nil,
        histogram: Histogram? = nil
    ) {
        self.lower = lower
        self.upper = upper
        self.percentileAbsolute = percentileAbsolute
        self.percentiles = percentiles
        self.densityRanges = densityRanges
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
