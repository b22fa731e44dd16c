/// One option of a call: its name, what it may be, what it is unless a caller says otherwise, and what it means.
///
/// The lists of options are the one place that says so. Scripts can ask for them at run time; range checks, the keys that Lua and
/// Python know, the defaults of the C structs and docs/options.md follow from them.
public struct OptionDescription: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case integer(OptionBounds)
        case number(OptionBounds)
        case flag
        case text
        /// One of these names.
        case choice([String])
        /// Some of these names, separated by commas, also more than once.
        case list([String])
        case callback
    }

    public enum Default: Sendable, Equatable {
        case integer(UInt64)
        case number(Double)
        case flag(Bool)
        case text(String)
        /// Nothing is set, which means this.
        case unset(String)

        /// The shortest decimal that gives the number again, which a conversion to `Double` would hide.
        public static func number(_ value: Float) -> Default { .number(Double("\(value)") ?? Double(value)) }
        public static func integer(_ value: Int) -> Default { .integer(UInt64(value)) }
    }

    /// The key in a Lua table; "lr.range" is the key "range" of the table "lr".
    public var name: String
    /// The field of the C struct and the keyword in Python.
    public var field: String
    public var kind: Kind
    public var standard: Default
    /// The unit that belongs to the number in messages.
    public var unit: String?
    /// One sentence.
    public var meaning: String

    /// - Parameter field: nil where it is called as in Lua.
    public init(
        _ name: String, field: String? = nil, _ kind: Kind, default standard: Default, unit: String? = nil, _ meaning: String
    ) {
        (self.name, self.field, self.kind, self.standard, self.unit) = (name, field ?? name, kind, standard, unit)
        self.meaning = meaning
    }

    /// The bounds of a number; nil for all else.
    public var bounds: OptionBounds? {
        switch kind {
        case .integer(let bounds), .number(let bounds): bounds
        case .flag, .text, .choice, .list, .callback: nil
        }
    }

    /// The names that are known; empty where any text will do, and where the option is no text.
    public var choices: [String] {
        switch kind {
        case .choice(let names), .list(let names): names
        case .integer, .number, .flag, .text, .callback: []
        }
    }

    /// The default as tables print it, or what happens without one.
    public var defaultText: String {
        switch standard {
        case .integer(let value): "\(value)"
        case .number(let value): Self.text(value)
        case .flag(let value): "\(value)"
        case .text(let value), .unset(let value): value
        }
    }

    /// What is wrong with a value of this option, with the option's name before it, or nil.
    public func refusal(of value: Int) -> String? { refusal(Double(value), "\(value)", isWhole: true) }
    public func refusal(of value: Float) -> String? { refusal(Double(value), "\(value)", isWhole: false) }

    private func refusal(_ value: Double, _ text: String, isWhole: Bool) -> String? {
        bounds?.refusal(value, text: text, isWhole: isWhole, unit: unit).map { "\(name): \($0)" }
    }

    /// A number without a fraction that says nothing: "5" and not "5.0".
    static func text(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
