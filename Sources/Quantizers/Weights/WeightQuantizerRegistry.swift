/// The kind of a quantizer of weights: what the registry knows about all quantizers of one name.
public struct WeightQuantizerKind: Sendable {
    /// A function that makes a quantizer from bits and saved parameters.
    public typealias Make = @Sendable (_ bits: Int, _ parameters: [[Float]]) throws(QuantizerError) -> any WeightQuantizer

    /// The name in saved models.
    public let name: String
    /// The numbers of bits that quantizers of this kind can have.
    public let supportedBits: ClosedRange<Int>
    /// The names of a group's learnable parameters.
    public let parameterNames: [String]
    /// The names that a model file has for the parameters: the tensor that holds a layer's is named "layer.bound", "layer.lower",
    /// …
    public let savedNames: [String]
    /// The words in which an error describes ranges that are too small to be legal: "not above 0", "too narrow".
    public let smallRange: String
    private let make: Make

    /// Makes a kind.
    /// - Parameters:
    ///   - name: the name in saved models.
    ///   - supportedBits: the numbers of bits that its quantizers can have.
    ///   - parameterNames: the names of a group's learnable parameters.
    ///   - savedNames: the names of the parameters in a model file, as many as `parameterNames`.
    ///   - smallRange: the words for ranges that are too small to be legal.
    ///   - make: the function that makes a quantizer; it is given as many lists as `parameterNames` has names, each with one
    ///     number per group.
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

    /// Makes a quantizer of this kind from saved parameters.
    /// - Parameter parameters: for each of `parameterNames` its numbers, one per group.
    /// - Throws: `.wrongParameterCount`, and what the quantizer refuses.
    public func quantizer(bits: Int, parameters: [[Float]]) throws(QuantizerError) -> any WeightQuantizer {
        guard parameters.count == parameterNames.count else {
            throw .wrongParameterCount(quantizer: name, names: parameterNames, count: parameters.count)
        }
        return try make(bits, parameters)
    }
}

/// A registry of quantizers of weights by the names that model files have for them. `WeightRange` says how they are fitted to
/// weights.
public struct WeightQuantizerRegistry: Sendable {
    /// The kinds, in the order in which errors list them.
    public let kinds: [WeightQuantizerKind]

    /// Makes a registry of these kinds.
    public init(kinds: [WeightQuantizerKind]) { self.kinds = kinds }

    /// The registry of all quantizers of weights that this room has.
    public static let standard = WeightQuantizerRegistry(kinds: [SymmetricWeightQuantizer.kind, AsymmetricWeightQuantizer.kind])

    /// The names of the kinds, in the order in which errors list them.
    public var names: [String] { kinds.map(\.name) }

    /// Returns the kind of a name.
    /// - Throws: `.unknownQuantizer`, which lists the known names.
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
