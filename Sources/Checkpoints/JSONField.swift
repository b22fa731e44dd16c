extension JSON {
    /// A value and where it was found, for reading settings with errors that name the key path:
    /// `recipe.weights: expected a number, found a string`.
    ///
    /// The path is put together only where a message needs it: the fields of an object share what leads to it, so that a long
    /// key is not there once for each member under it.
    public struct Field: Sendable {
        public let value: JSON
        private let place: Place?
        private let step: Step

        /// - Parameter path: What the whole text is called in messages, for example "recipe" or a file's name.
        public init(_ value: JSON, path: String) { (self.value, place, step) = (value, nil, .name(path)) }

        fileprivate init(_ value: JSON, at place: Place, _ step: Step) {
            (self.value, self.place, self.step) = (value, place, step)
        }

        /// The path of keys and positions, from what the whole text is called on.
        public var path: String { (place?.path ?? "") + step.text }

        /// The place of this field, for the fields inside.
        fileprivate var asPlace: Place { Place(outer: place, step: step) }
    }

    /// The elements of an array, each with its place.
    public struct Elements: Sendable, RandomAccessCollection {
        fileprivate let values: [JSON]
        fileprivate let place: Place

        public var startIndex: Int { 0 }
        public var endIndex: Int { values.count }
        public subscript(index: Int) -> Field { Field(values[index], at: place, .index(index)) }
    }

    /// One step of a path.
    fileprivate enum Step: Sendable {
        case name(String)
        case key(String)
        case index(Int)

        var text: String {
            switch self {
            case .name(let name): name
            case .key(let key): "." + key
            case .index(let index): "[\(index)]"
            }
        }
    }

    /// The place of an object or an array, shared by all that lies in it. No deeper than texts are nested.
    fileprivate final class Place: Sendable {
        private let outer: Place?
        private let step: Step

        init(outer: Place?, step: Step) { (self.outer, self.step) = (outer, step) }

        var path: String { (outer?.path ?? "") + step.text }
    }
}

extension JSON.Field {
    /// - Throws: `.json` if there is no such member.
    public func member(_ key: String) throws(CheckpointError) -> JSON.Field {
        guard let member = try optional(key) else { throw failure("\(quoted(key)) is missing") }
        return member
    }

    /// Returns a member; nil where it is absent or null.
    public func optional(_ key: String) throws(CheckpointError) -> JSON.Field? {
        guard case .object = value else { throw expected("an object") }
        guard let member = value[key], member != .null else { return nil }
        return JSON.Field(member, at: asPlace, .key(key))
    }

    /// Returns all members of an object in order.
    public func members() throws(CheckpointError) -> [(key: String, field: JSON.Field)] {
        guard case .object(let members) = value else { throw expected("an object") }
        let place = asPlace
        return members.map { ($0.key, JSON.Field($0.value, at: place, .key($0.key))) }
    }

    /// - Throws: `.json` if the object has a member that is not among `keys`.
    public func refuseMembers(except keys: Set<String>) throws(CheckpointError) {
        guard case .object(let members) = value else { throw expected("an object") }
        for member in members where !keys.contains(member.key) {
            throw failure("unknown key \(quoted(member.key)); known are \(keys.sorted().joined(separator: ", "))")
        }
    }

    /// Returns all elements of an array in order.
    public func elements() throws(CheckpointError) -> JSON.Elements {
        guard case .array(let elements) = value else { throw expected("an array") }
        return JSON.Elements(values: elements, place: asPlace)
    }

    /// Returns the text that the value is; anything but a string is an error.
    public func string() throws(CheckpointError) -> String {
        guard case .string(let string) = value else { throw expected("a string") }
        return string
    }

    /// Returns whether the value is true; anything but true and false is an error.
    public func bool() throws(CheckpointError) -> Bool {
        guard case .bool(let bool) = value else { throw expected("true or false") }
        return bool
    }

    /// Returns the number that the value is; anything but a number is an error.
    public func number() throws(CheckpointError) -> Double {
        guard case .number(let number) = value else { throw expected("a number") }
        return number
    }

    /// Returns the nearest float.
    /// - Throws: `.json` also for what a float cannot hold.
    public func float() throws(CheckpointError) -> Float {
        let number = try number()
        guard Float(number).isFinite else { throw failure("\(number) is beyond the range of a float") }
        return Float(number)
    }

    /// - Throws: `.json` also for a fraction and for what lies outside `range`.
    public func integer(in range: ClosedRange<Int> = -(1 << 53)...(1 << 53)) throws(CheckpointError) -> Int {
        guard let integer = Int(exactly: try number()), range.contains(integer) else {
            throw failure("expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(try number())")
        }
        return integer
    }

    /// Returns an error about this value.
    public func failure(_ reason: String) -> CheckpointError { .json(path: path, reason: reason) }

    private func expected(_ kind: String) -> CheckpointError { failure("expected \(kind), found \(found)") }

    private var found: String {
        switch value {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
