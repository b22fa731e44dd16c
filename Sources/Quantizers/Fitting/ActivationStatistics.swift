/// The statistics that fitting needs beyond extremes and the percentile of |x|. They are asked for because not all of them are
/// cheap.
public struct StatisticsNeeds: OptionSet, Sendable {
    /// The bits of the set; each need has one.
    public let rawValue: Int

    /// Makes the set of needs with these bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Two percentiles of x, which cost no extra pass.
    public static let percentiles = StatisticsNeeds(rawValue: 1)
    /// A histogram of each layer's input, which costs a second pass over all images.
    public static let histogram = StatisticsNeeds(rawValue: 2)
    /// The ranges that double clipping leaves, which cost a second pass over every batch.
    public static let densityClipping = StatisticsNeeds(rawValue: 4)
}

/// What calibration knows about one layer's input, in one batch or as a moving average over batches (docs/method.md,
/// "Calibration"). All numbers are in the units of the activations.
public struct ActivationStatistics: Sendable, Equatable {
    /// The two ends of a range.
    public struct Ends: Sendable, Equatable {
        public var lower, upper: Float

        /// Makes the ends of a range.
        public init(lower: Float, upper: Float) { (self.lower, self.upper) = (lower, upper) }
    }

    /// The ranges that `DensityClipping` leaves at the recipe's two shares.
    public struct DensityRanges: Sendable, Equatable {
        /// The range for layers below 8 bits, from `Recipe.clippedShare`.
        public var narrow: Ends
        /// The range for layers of 8 bits, from `Recipe.clippedShare8Bits`.
        public var wide: Ends

        /// Makes the two ranges.
        public init(narrow: Ends, wide: Ends) { (self.narrow, self.wide) = (narrow, wide) }
    }

    /// The smallest value, or its moving average.
    public var lower: Float
    /// The largest value, or its moving average.
    public var upper: Float
    /// The 99th percentile of |x|, or another that the recipe names (docs/method.md, "The breakpoint").
    public var percentileAbsolute: Float
    /// The 1st and the 99th percentile of x, or others that the recipe names; nil unless a quantizer needs them.
    public var percentiles: Ends?
    /// The doubly clipped ranges: their mean over batches, not the moving average; nil unless a quantizer needs them.
    public var densityRanges: DensityRanges?
    /// The histogram of all images' values over `lower`…`upper`; nil unless a quantizer searches.
    public var histogram: Histogram?

    /// Makes statistics; whatever no quantizer needs is left out.
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

/// The choices in how a quantizer is fitted to statistics.
public struct FittingOptions: Sendable, Equatable {
    /// The ways in which a breakpoint is found (docs/method.md, "The breakpoint").
    public enum Breakpoint: String, Sendable, CaseIterable {
        /// The breakpoint is the percentile of |x| in the statistics, as in the paper.
        case percentile
        /// The breakpoint is what `BreakpointSearch` finds on the histogram in the statistics.
        case leastSquaredError = "search"
    }

    /// How the breakpoint of a piecewise linear quantizer is found.
    public var breakpoint: Breakpoint

    /// Makes options; those of the paper unless said otherwise.
    public init(breakpoint: Breakpoint = .percentile) { self.breakpoint = breakpoint }
}
