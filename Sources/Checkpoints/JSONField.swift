extension JSON {
    /// A value and where it was found, for reading settings with errors that name the key path:
    /// `recipe.weights: expected a number, found a string`.
    public struct Field: Sendable {
        public let value: JSON
        public let path: String

        /// - Parameter path: What the whole text is called in messages, for example "recipe" or a file's name.
        public init(_ value: JSON, path: String) { (self.value, self.path) = (value, path) }
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
        return JSON.Field(member, path: "\(path).\(key)")
    }

    /// Returns all members of an object in order.
    public func members() throws(CheckpointError) -> [(key: String, field: JSON.Field)] {
        guard case .object(let members) = value else { throw expected("an object") }
        return members.map { ($0.key, JSON.Field($0.value, path: "\(path).\($0.key)")) }
    }

    /// - Throws: `.json` if the object has a member that is not among `keys`.
    public func refuseMembers(except keys: Set<String>) throws(CheckpointError) {
        for (key, _) in try members() where !keys.contains(key) {
            throw failure("unknown key \(quoted(key)); known are \(keys.sorted().joined(separator: ", "))")
        }
    }

    /// Returns all elements of an array in order.
    public func elements() throws(CheckpointError) -> [JSON.Field] {
        guard case .array(let elements) = value else { throw expected("an array") }
        return elements.enumerated().map { JSON.Field($0.element, path: "\(path)[\($0.offset)]") }
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
