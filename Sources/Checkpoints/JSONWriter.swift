extension JSON {
    /// Returns the value as JSON text without spaces, always the same for equal values.
    ///
    /// - Throws: `.json` with the key path of a NaN or an infinity, which JSON has no word for.
    public func serialized() throws(CheckpointError) -> String {
        var text = ""
        try write(to: &text, path: "")
        return text
    }

    private func write(to text: inout String, path: String) throws(CheckpointError) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .number(let value):
            guard value.isFinite else {
                throw .json(path: path.isEmpty ? "JSON" : path, reason: "\(value) cannot be written")
            }
            text += Self.text(of: value)
        case .string(let value): Self.write(value, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                try element.write(to: &text, path: "\(path)[\(index)]")
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (index, member) in members.enumerated() {
                if index > 0 { text += "," }
                Self.write(member.key, to: &text)
                text += ":"
                try member.value.write(to: &text, path: path.isEmpty ? member.key : "\(path).\(member.key)")
            }
            text += "}"
        }
    }

    private static func text(of value: Double) -> String {
        // Minus zero is the one whole number that an integer would not give back.
        if let integer = Int(exactly: value), abs(integer) <= 1 << 53, value != 0 || value.sign == .plus { return "\(integer)" }
        return value.description
    }

    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
