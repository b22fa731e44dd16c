/// The kind of an activation quantizer: what the registry knows about all quantizers of one name.
public struct QuantizerKind: Sendable {
    /// A function that makes a quantizer from saved parameters.
    public typealias Make = @Sendable (_ bits: Int, _ parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer
    /// A function that fits a quantizer to statistics.
    public typealias Fit =
        @Sendable (
            _ statistics: ActivationStatistics, _ bits: Int, _ options: FittingOptions
        ) throws(QuantizerError) -> any ActivationQuantizer

    /// The name in recipes and saved models.
    public let name: String
    /// The numbers of bits that quantizers of this kind can have.
    public let supportedBits: ClosedRange<Int>
    /// The names of the numbers that a saved quantizer consists of, in their order.
    public let parameterNames: [String]
    /// Whether a saved quantizer can have more numbers, up to one for each of `2^bits` levels, behind the named ones.
    public let savesLevels: Bool
    /// The statistics that fitting needs beyond extremes and the percentile of |x|.
    public let needs: StatisticsNeeds
    /// The weight range that layers have beside activations of this kind, unless a recipe asks for another.
    public let weightRange: WeightRange
    /// Whether that weight range is found for each output channel instead of each layer.
    public let hasRangesPerChannel: Bool
    /// The name of the kind that takes this one's place on layers of 8 bits; nil where this kind serves those as well.
    public let substituteAt8Bits: String?
    /// Whether the bits of a layer's activations depend on the image and on the layer, as in AdaBM.
    public let mapsBits: Bool
    private let make: Make
    private let fit: Fit

    /// Makes a kind.
    /// - Parameter make: the function that makes a quantizer; it is given exactly as many parameters as `parameterNames` has
    ///   names, and further ones where `savesLevels`.
    public init(
        name: String, supportedBits: ClosedRange<Int>, parameterNames: [String], savesLevels: Bool = false,
        needs: StatisticsNeeds = [], weightRange: WeightRange = .max, hasRangesPerChannel: Bool = false,
        substituteAt8Bits: String? = nil,
        mapsBits: Bool = false,
        make: @escaping Make, fit: @escaping Fit
    ) {
        self.name = name
        self.supportedBits = supportedBits
        self.parameterNames = parameterNames
        self.savesLevels = savesLevels
        self.needs = needs
        self.weightRange = weightRange
        self.hasRangesPerChannel = hasRangesPerChannel
        self.substituteAt8Bits = substituteAt8Bits
        self.mapsBits = mapsBits
        self.make = make
        self.fit = fit
    }

    /// Returns the name of the kind that quantizes a layer of `bits` bits in a network that is asked to have this kind: its
    /// substitute from 8 bits on, where it has one.
    public func name(bits: Int) -> String { bits >= 8 ? substituteAt8Bits ?? name : name }

    /// Makes a quantizer of this kind from saved parameters.
    /// - Throws: `.wrongParameterCount`, and what the quantizer refuses.
    public func quantizer(bits: Int, parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer {
        let most = parameterNames.count + (savesLevels ? 1 << max(min(bits, 8), 0) : 0)
        guard (parameterNames.count...most).contains(parameters.count) else {
            throw .wrongParameterCount(quantizer: name, names: parameterNames, count: parameters.count)
        }
        return try make(bits, parameters)
    }

    /// Fits a quantizer of this kind to what calibration has seen.
    /// - Throws: what the kind's `fit` throws, `.noHistogram` and `.noStatistics` among them.
    public func quantizer(
        fitting statistics: ActivationStatistics, bits: Int, options: FittingOptions = FittingOptions()
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try fit(statistics, bits, options)
    }
}

/// A registry of activation quantizers by name. It is a value: with one more kind it is another registry.
public struct QuantizerRegistry: Sendable, Equatable {
    /// The kinds, in the order in which errors list them.
    public let kinds: [QuantizerKind]

    /// Makes a registry of these kinds.
    public init(kinds: [QuantizerKind]) { self.kinds = kinds }

    /// The registry of all activation quantizers of this room that are fitted.
    public static let standard = QuantizerRegistry(kinds: [
        UniformQuantizer.kind,
        UniformQuantizer.percentileKind,
        UniformQuantizer.squaredErrorKind,
        UniformQuantizer.wholeStepsKind,
        CodebookQuantizer.kind,
        UniformQuantizer.densityKind,
        PiecewiseLinearQuantizer.kind(.literal),
        PiecewiseLinearQuantizer.kind(.offset),
        PiecewiseLinearQuantizer.kind(.oneSided),
        UniformQuantizer.adaBMKind,
    ])

    /// Whether two registries know the same names in the same order.
    public static func == (left: Self, right: Self) -> Bool { left.names == right.names }

    /// The names of the kinds, in the order in which errors list them.
    public var names: [String] { kinds.map(\.name) }

    /// Returns the kind of a name.
    /// - Throws: `.unknownQuantizer`, which lists the known names.
    public func kind(named name: String) throws(QuantizerError) -> QuantizerKind {
        for kind in kinds where kind.name == name { return kind }
        throw .unknownQuantizer(name: name, known: names)
    }

    /// Fits a quantizer to what calibration has seen.
    /// - Throws: `.unknownQuantizer`, and what `QuantizerKind.quantizer(fitting:bits:options:)` throws.
    public func fit(
        name: String, statistics: ActivationStatistics, bits: Int, options: FittingOptions = FittingOptions()
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try kind(named: name).quantizer(fitting: statistics, bits: bits, options: options)
    }

    /// Makes a quantizer from saved parameters.
    /// - Throws: `.unknownQuantizer`, `.wrongParameterCount`, and what the quantizer refuses.
    public func make(name: String, bits: Int, parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer {
        // Levels are set by hand and never fitted, so they are no kind.
        if name == LevelQuantizer.name { return try LevelQuantizer(bits: bits, levels: parameters) }
        return try kind(named: name).quantizer(bits: bits, parameters: parameters)
    }
}
