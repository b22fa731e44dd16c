/// A name with wildcards: `*` stands for any characters or none, `?` for exactly one. Everything else, dots and brackets
/// included, means itself; case matters.
public struct WildcardPattern: Sendable, Hashable {
    public let text: String
    private let symbols: [Unicode.Scalar]

    /// Makes a pattern; any text is one, and the empty text matches the empty name alone.
    public init(_ text: String) {
        self.text = text
        symbols = Array(text.unicodeScalars)
    }

    /// Whether it has a wildcard at all.
    public var hasWildcards: Bool { symbols.contains { $0 == "*" || $0 == "?" } }

    /// Whether the whole of `name` matches. Takes at most `name.count · text.count` steps.
    public func matches(_ name: String) -> Bool {
        let letters = Array(name.unicodeScalars)
        var (letter, symbol) = (0, 0)
        // A later star makes every choice for an earlier one equally good, so one point of return is enough.
        var lastStar: (symbol: Int, letter: Int)?
        while letter < letters.count {
            if symbol < symbols.count, symbols[symbol] == "*" {
                lastStar = (symbol, letter)
                symbol += 1
            } else if symbol < symbols.count, symbols[symbol] == "?" || symbols[symbol] == letters[letter] {
                (letter, symbol) = (letter + 1, symbol + 1)
            } else if let star = lastStar {
                lastStar = (star.symbol, star.letter + 1)
                (letter, symbol) = (star.letter + 1, star.symbol + 1)
            } else {
                return false
            }
        }
        return symbols[symbol...].allSatisfy { $0 == "*" }
    }
}
