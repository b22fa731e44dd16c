extension JSON {
    /// Parses one JSON text, strictly: no comments, no trailing commas, no duplicate keys, no lone surrogates.
    ///
    /// - Parameter name: stands for the text in messages.
    /// - Throws: `.json` with line and column (counted in bytes, from 1).
    public static func parse(_ text: String, name: String = "JSON") throws(CheckpointError) -> JSON {
        try parse(bytes: Array(text.utf8)[...], name: name)
    }

    /// Parses one JSON text given as UTF-8, as strictly.
    public static func parse(bytes: ArraySlice<UInt8>, name: String) throws(CheckpointError) -> JSON {
        var parser = JSONParser(bytes, name: name)
        return try parser.document()
    }
}

/// A parser by recursive descent over UTF-8.
private struct JSONParser {
    private let bytes: ArraySlice<UInt8>
    private let name: String
    private var position: Int

    private static let deepest = 64
    private static let decimalDigits = UInt8(ascii: "0")...UInt8(ascii: "9")

    init(_ bytes: ArraySlice<UInt8>, name: String) {
        (self.bytes, self.name, position) = (bytes, name, bytes.startIndex)
    }

    mutating func document() throws(CheckpointError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.endIndex else { throw failure("something follows the value") }
        return value
    }

    private func failure(_ reason: String) -> CheckpointError {
        let before = bytes[..<position]
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 - before.startIndex } ?? 0) + 1
        return .json(path: name, reason: "line \(line), column \(column): \(reason)")
    }

    private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(CheckpointError) -> JSON {
        guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest)") }
        skipSpace()
        guard let next else { throw failure("a value is missing at the end") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), Self.decimalDigits: return .number(try number())
        default: throw failure("expected a value")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSON) throws(CheckpointError) -> JSON {
        let length = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { bytes[position...].prefix(length).elementsEqual($0) }
        guard matches else { throw failure("expected a value") }
        position += length
        return value
    }

    private mutating func object(depth: Int) throws(CheckpointError) -> JSON {
        position += 1
        var members: [JSON.Member] = []
        var keys: Set<String> = []
        skipSpace()
        if skip("}") { return .object([]) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
            let start = position
            let key = try string()
            guard keys.insert(key).inserted else {
                position = start
                throw failure("key \(quoted(key)) occurs twice")
            }
            skipSpace()
            guard skip(":") else { throw failure("expected ':' after key \(quoted(key))") }
            members.append(JSON.Member(key, try value(depth: depth + 1)))
            skipSpace()
            if skip(",") { continue }
            guard skip("}") else { throw failure("expected ',' or '}'") }
            return .object(members)
        }
    }

    private mutating func array(depth: Int) throws(CheckpointError) -> JSON {
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if skip("]") { return .array([]) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if skip(",") { continue }
            guard skip("]") else { throw failure("expected ',' or ']'") }
            return .array(elements)
        }
    }

    // MARK: - Numbers

    private mutating func number() throws(CheckpointError) -> Double {
        let start = position
        let negative = skip("-")
        let first = position
        try digits()
        if bytes[first] == UInt8(ascii: "0"), position > first + 1 {
            position = first
            throw failure("a number with a leading zero")
        }
        let integerEnd = position
        if skip(".") { try digits() }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            try digits()
        }
        // Integers of up to 15 digits are exact; the headers of large files hold thousands.
        if position == integerEnd, position - first <= 15, !negative {
            return Double(bytes[first..<position].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
        }
        guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)), value.isFinite else {
            position = start
            throw failure("a number beyond the range of a double")
        }
        return value
    }

    private mutating func digits() throws(CheckpointError) {
        let start = position
        while let byte = next, Self.decimalDigits ~= byte { position += 1 }
        guard position > start else { throw failure("expected a digit") }
    }

    // MARK: - Strings

    private mutating func string() throws(CheckpointError) -> String {
        position += 1
        let start = position
        var unescaped: [UInt8]? = nil
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                let text =
                    unescaped.map { String(validating: $0, as: UTF8.self) }
                    ?? String(validating: bytes[start..<position], as: UTF8.self)
                guard let text else {
                    position = start
                    throw failure("a string that is not UTF-8")
                }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                var text = unescaped ?? Array(bytes[start..<position])
                unescaped = nil
                text += try escape()
                unescaped = text
            case 0..<0x20: throw failure("a control character in a string")
            default:
                unescaped?.append(byte)
                position += 1
            }
        }
        throw failure("a string without an end")
    }

    /// Reads an escape sequence and returns its UTF-8.
    private mutating func escape() throws(CheckpointError) -> [UInt8] {
        position += 1
        guard let kind = next else { throw failure("an escape without an end") }
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var code = try codeUnit()
            if 0xD800..<0xDC00 ~= code {
                guard skip("\\"), skip("u") else { throw failure("half a surrogate pair") }
                let low = try codeUnit()
                guard 0xDC00..<0xE000 ~= low else { throw failure("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            return Array(String(Character(scalar)).utf8)
        default:
            position -= 1
            throw failure("an unknown escape")
        }
    }

    private mutating func codeUnit() throws(CheckpointError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
