/// Methods by name. A list is a value: with one more method it is another list.
public struct FinetuningMethods: Sendable {
    /// The methods in the order in which errors list them.
    public let methods: [FinetuningMethod]

    public init(_ methods: [FinetuningMethod]) { self.methods = methods }

    /// All methods of this folder. A new one is one file and one entry here.
    public static let standard = FinetuningMethods([.saft, .vft, .ptq4sr, .adabm])

    public var names: [String] { methods.map(\.name) }

    /// Returns the method of this name, or nil.
    public func named(_ name: String) -> FinetuningMethod? { methods.first { $0.name == name } }
}
