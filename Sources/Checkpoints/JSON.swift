/// A JSON value (RFC 8259). Objects keep the order of their members; two objects in another order are not equal.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number, which is written without a fraction where it is whole, otherwise in the fewest digits that read back as the
    /// same number.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A member of an object: a key and its value.
    public struct Member: Sendable, Equatable {
        public var key: String
        public var value: JSON

        /// Makes a member.
        public init(_ key: String, _ value: JSON) { (self.key, self.value) = (key, value) }
    }

    /// Makes a number of an integer; it is exact up to 2^53.
    public init(_ integer: Int) { self = .number(Double(integer)) }

    /// Makes the shortest decimal that stands for this float, 0.1 rather than 0.10000000149011612. `Field.float()` and
    /// `Float(number)` give the same float back.
    public init(_ float: Float) {
        // A decimal rounded twice can land on the neighbour; then all digits are needed.
        let short = Double(float.description)
        self = .number(short.flatMap { Float($0) == float ? $0 : nil } ?? Double(float))
    }

    /// The member of an object; nil if there is none or this is no object.
    public subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self.init(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
}
