/// The description of one option of a call: its name, what it may be, what it is unless a caller says otherwise, and what it
/// means.
///
/// The lists of options are the one place that says so. Scripts can ask for them at run time; range checks, the keys that Lua and
/// Python know, the defaults of the C structs and docs/options.md follow from them.
public struct OptionDescription: Sendable, Equatable {
    /// What an option may be.
    public enum Kind: Sendable, Equatable {
        /// A whole number within bounds.
        case integer(OptionBounds)
        /// A number within bounds.
        case number(OptionBounds)
        /// True or false.
        case flag
        /// Any text.
        case text
        /// A text that is one of these names.
        case choice([String])
        /// A text of some of these names, separated by commas; a name can come up more than once.
        case list([String])
        /// A function that a caller passes.
        case callback
    }

    /// What an option is unless a caller says otherwise.
    public enum Default: Sendable, Equatable {
        case integer(UInt64)
        case number(Double)
        case flag(Bool)
        case text(String)
        /// Nothing is set; the text says what that means.
        case unset(String)

        /// Returns the default for a number of single precision: its shortest decimal, which a conversion to `Double` would hide.
        public static func number(_ value: Float) -> Default { .number(Double("\(value)") ?? Double(value)) }
        /// Returns the default for a whole number that is not negative.
        public static func integer(_ value: Int) -> Default { .integer(UInt64(value)) }
    }

    /// The key in a Lua table; "lr.range" is the key "range" of the table "lr".
    public var name: String
    /// The field of the C struct and the keyword in Python.
    public var field: String
    /// What the option may be.
    public var kind: Kind
    /// What the option is unless a caller says otherwise.
    public var standard: Default
    /// The unit that belongs to the number in messages; nil where there is none.
    public var unit: String?
    /// The meaning of the option, in one sentence.
    public var meaning: String

    /// Makes a description.
    /// - Parameters:
    ///   - name: the key in a Lua table.
    ///   - field: the field of the C struct and the keyword in Python; nil where it is called as in Lua.
    ///   - kind: what the option may be.
    ///   - standard: what the option is unless a caller says otherwise.
    ///   - unit: the unit that belongs to the number in messages.
    ///   - meaning: the meaning, in one sentence.
    public init(
        _ name: String, field: String? = nil, _ kind: Kind, default standard: Default, unit: String? = nil, _ meaning: String
    ) {
        (self.name, self.field, self.kind, self.standard, self.unit) = (name, field ?? name, kind, standard, unit)
        self.meaning = meaning
    }

    /// The bounds of a number; nil for an option of any other kind.
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

    /// Returns what is wrong with a value of this option, with the option's name before it, or nil if nothing is.
    public func refusal(of value: Int) -> String? { refusal(Double(value), "\(value)", isWhole: true) }
    /// Returns what is wrong with a value of this option, with the option's name before it, or nil if nothing is.
    public func refusal(of value: Float) -> String? { refusal(Double(value), "\(value)", isWhole: false) }

    private func refusal(_ value: Double, _ text: String, isWhole: Bool) -> String? {
        bounds?.refusal(value, text: text, isWhole: isWhole, unit: unit).map { "\(name): \($0)" }
    }

    /// Returns a number without a fraction that says nothing: "5" instead of "5.0".
    static func text(_ value: Double) -> String {
        let text = "\(value)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
