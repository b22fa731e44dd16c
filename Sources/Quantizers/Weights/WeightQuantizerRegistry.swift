/// What the registry knows about one quantizer of weights.
public struct WeightQuantizerKind: Sendable {
    public typealias Make = @Sendable (_ bits: Int, _ parameters: [[Float]]) throws(QuantizerError) -> any WeightQuantizer

    public let name: String
    public let supportedBits: ClosedRange<Int>
    /// The learnable parameters of a group of weights.
    public let parameterNames: [String]
    /// What a model file calls each of the parameters: the tensor of a layer's is named "layer.bound", "layer.lower", …
    public let savedNames: [String]
    /// What an error says of ranges that are too small to be legal: "not above 0", "too narrow".
    public let smallRange: String
    private let make: Make

    /// - Parameters:
    ///   - savedNames: as many as `parameterNames`.
    ///   - make: is given as many lists as `parameterNames` has names, each with one number per group.
    public init(
        name: String, supportedBits: ClosedRange<Int>, parameterNames: [String], savedNames: [String], smallRange: String,
        make: @escaping Make
    ) {
        self.name = name
        self.supportedBits = supportedBits
        self.parameterNames = parameterNames
        self.savedNames = savedNames
        self.smallRange = smallRange
        self.make = make
    }

    /// From saved parameters: for each of `parameterNames`, its numbers, one per group.
    public func quantizer(bits: Int, parameters: [[Float]]) throws(QuantizerError) -> any WeightQuantizer {
        guard parameters.count == parameterNames.count else {
            throw .wrongParameterCount(quantizer: name, names: parameterNames, count: parameters.count)
        }
        return try make(bits, parameters)
    }
}

/// Quantizers of weights by the names that model files have for them. How they are fitted to weights says `WeightRange`.
public struct WeightQuantizerRegistry: Sendable {
    /// In the order in which errors list them.
    public let kinds: [WeightQuantizerKind]

    public init(kinds: [WeightQuantizerKind]) { self.kinds = kinds }

    /// All quantizers of this room.
    public static let standard = WeightQuantizerRegistry(kinds: [SymmetricWeightQuantizer.kind, AsymmetricWeightQuantizer.kind])

    public var names: [String] { kinds.map(\.name) }

    /// - Throws: `.unknownQuantizer`, listing the known ones.
    public func kind(named name: String) throws(QuantizerError) -> WeightQuantizerKind {
        for kind in kinds where kind.name == name { return kind }
        throw .unknownQuantizer(name: name, known: names)
    }
}

extension SymmetricWeightQuantizer {
    public static let kind = WeightQuantizerKind(
        name: name, supportedBits: supportedBits, parameterNames: parameterNames, savedNames: ["bound"], smallRange: "not above 0",
        make: { (bits, parameters) throws(QuantizerError) in try SymmetricWeightQuantizer(bits: bits, uppers: parameters[0]) })
}

extension AsymmetricWeightQuantizer {
    public static let kind = WeightQuantizerKind(
        name: name, supportedBits: supportedBits, parameterNames: parameterNames, savedNames: parameterNames,
        smallRange: "too narrow",
        make: { (bits, parameters) throws(QuantizerError) in
            try AsymmetricWeightQuantizer(bits: bits, lowers: parameters[0], uppers: parameters[1])
        })
}
