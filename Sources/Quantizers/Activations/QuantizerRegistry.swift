/// What the registry knows about one quantizer.
public struct QuantizerKind: Sendable {
    public typealias Make = @Sendable (_ bits: Int, _ parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer
    public typealias Fit =
        @Sendable (
            _ statistics: ActivationStatistics, _ bits: Int, _ options: FittingOptions
        ) throws(QuantizerError) -> any ActivationQuantizer

    public let name: String
    public let supportedBits: ClosedRange<Int>
    public let parameterNames: [String]
    /// What `fit` looks at beyond extremes and the percentile of |x|.
    public let needs: StatisticsNeeds
    /// How weights are quantized beside activations of this kind, where nobody asks for something else.
    public let weightRange: WeightRange
    /// Whether weights then have a range per output channel.
    public let hasRangesPerChannel: Bool
    /// The name of the kind that takes this one's place on layers of 8 bits; nil where this kind is good for those as well.
    public let substituteAt8Bits: String?
    /// Whether the bits of a layer depend on the image and on the layer.
    public let mapsBits: Bool
    private let make: Make
    private let fit: Fit

    /// - Parameter make: is given exactly as many parameters as `parameterNames` has names.
    public init(
        name: String, supportedBits: ClosedRange<Int>, parameterNames: [String], needs: StatisticsNeeds = [],
        weightRange: WeightRange = .max, hasRangesPerChannel: Bool = false, substituteAt8Bits: String? = nil,
        mapsBits: Bool = false,
        make: @escaping Make, fit: @escaping Fit
    ) {
        self.name = name
        self.supportedBits = supportedBits
        self.parameterNames = parameterNames
        self.needs = needs
        self.weightRange = weightRange
        self.hasRangesPerChannel = hasRangesPerChannel
        self.substituteAt8Bits = substituteAt8Bits
        self.mapsBits = mapsBits
        self.make = make
        self.fit = fit
    }

    /// The name of the kind that quantizes a layer of so many bits in a network that is asked to have this one.
    public func name(bits: Int) -> String { bits >= 8 ? substituteAt8Bits ?? name : name }

    /// From saved parameters.
    public func quantizer(bits: Int, parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer {
        guard parameters.count == parameterNames.count else {
            throw .wrongParameterCount(quantizer: name, names: parameterNames, count: parameters.count)
        }
        return try make(bits, parameters)
    }

    /// From what calibration has seen.
    public func quantizer(
        fitting statistics: ActivationStatistics, bits: Int, options: FittingOptions = FittingOptions()
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try fit(statistics, bits, options)
    }
}

/// Activation quantizers by name. A registry is a value: with one more kind it is another registry.
public struct QuantizerRegistry: Sendable, Equatable {
    /// In the order in which errors list them.
    public let kinds: [QuantizerKind]

    public init(kinds: [QuantizerKind]) { self.kinds = kinds }

    /// All quantizers of this room.
    public static let standard = QuantizerRegistry(kinds: [
        UniformQuantizer.kind,
        UniformQuantizer.percentileKind,
        UniformQuantizer.squaredErrorKind,
        UniformQuantizer.densityKind,
        PiecewiseLinearQuantizer.kind(.literal),
        PiecewiseLinearQuantizer.kind(.offset),
        PiecewiseLinearQuantizer.kind(.oneSided),
        UniformQuantizer.adaBMKind,
    ])

    /// Two registries are the same if they know the same names.
    public static func == (left: Self, right: Self) -> Bool { left.names == right.names }

    public var names: [String] { kinds.map(\.name) }

    /// - Throws: `.unknownQuantizer`, listing the known ones.
    public func kind(named name: String) throws(QuantizerError) -> QuantizerKind {
        for kind in kinds where kind.name == name { return kind }
        throw .unknownQuantizer(name: name, known: names)
    }

    /// From what calibration has seen.
    public func fit(
        name: String, statistics: ActivationStatistics, bits: Int, options: FittingOptions = FittingOptions()
    ) throws(QuantizerError) -> any ActivationQuantizer {
        try kind(named: name).quantizer(fitting: statistics, bits: bits, options: options)
    }

    /// From saved parameters.
    public func make(name: String, bits: Int, parameters: [Float]) throws(QuantizerError) -> any ActivationQuantizer {
        // Levels are set by hand and never fitted, so they are no kind.
        if name == LevelQuantizer.name { return try LevelQuantizer(bits: bits, levels: parameters) }
        return try kind(named: name).quantizer(bits: bits, parameters: parameters)
    }
}
