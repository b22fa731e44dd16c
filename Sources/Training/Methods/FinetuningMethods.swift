/// A list of methods, which are found by name. It is a value: with one more method it is another list.
public struct FinetuningMethods: Sendable {
    /// The methods in the order in which errors list them.
    public let methods: [FinetuningMethod]

    /// Makes a list; of two methods of one name the first is found.
    public init(_ methods: [FinetuningMethod]) { self.methods = methods }

    /// The list of all methods of this folder. A new one is one file and one entry here.
    public static let standard = FinetuningMethods([.saft, .vft, .ptq4sr, .adabm, .srq])

    /// The names of the methods, in the order of the list.
    public var names: [String] { methods.map(\.name) }

    /// Returns the method of this name, or nil.
    public func named(_ name: String) -> FinetuningMethod? { methods.first { $0.name == name } }
}
