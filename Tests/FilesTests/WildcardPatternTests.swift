import Files
import Testing

@Suite struct WildcardPatternTests {
    @Test(arguments: [
        ("", "", true), ("", "a", false), ("*", "", true), ("*", "anything", true), ("?", "", false), ("?", "é", true),
        ("body.4.*", "body.4.conv1", true), ("body.4.*", "body.14.conv1", false), ("body.4.*", "body.4", false),
        ("*.conv?", "body.0.conv2", true), ("*.conv?", "body.0.conv", false), ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false), ("**a**", "bab", true), ("[a]", "a", false), ("a.c", "abc", false), ("A", "a", false),
    ])
    func matches(pattern: String, name: String, expected: Bool) {
        #expect(WildcardPattern(pattern).matches(name) == expected)
    }

    @Test func agreesWithTheDefinitionOnAllShortWords() {
        let names = words(of: ["a", "b"], upTo: 5)
        for pattern in words(of: ["a", "*", "?"], upTo: 4) {
            let wildcard = WildcardPattern(pattern)
            for name in names where wildcard.matches(name) != definition(pattern[...], name[...]) {
                Issue.record("\(pattern) against \(name)")
            }
        }
    }

    @Test func manyStarsDoNotTakeForever() {
        let pattern = String(repeating: "*a", count: 2000) + "b"
        #expect(!WildcardPattern(pattern).matches(String(repeating: "a", count: 5000)))
    }

    private func definition(_ pattern: Substring, _ name: Substring) -> Bool {
        guard let symbol = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if symbol == "*" { return definition(rest, name) || (!name.isEmpty && definition(pattern, name.dropFirst())) }
        return !name.isEmpty && (symbol == "?" || symbol == name.first) && definition(rest, name.dropFirst())
    }

    private func words(of letters: [Character], upTo length: Int) -> [String] {
        var all = [""]
        var longest = [""]
        for _ in 0..<length {
            longest = longest.flatMap { word in letters.map { word + String($0) } }
            all += longest
        }
        return all
    }
}
