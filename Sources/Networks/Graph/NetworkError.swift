/// The reason why a file is no network, or not one that can be used.
public enum NetworkError: Error, Sendable, Equatable {
    /// The tensor names belong to no network known here. `lookedFor` has one line per family, `found` a few of the names.
    case unrecognised(file: String, lookedFor: [String], found: [String], count: Int)
    /// The recognised network has no use for these tensors, so the file holds another one.
    case unusedTensors(file: String, architecture: String, names: [String])
    /// A tensor is missing, has the wrong shape or holds a value that cannot be.
    case tensor(file: String, name: String, problem: String)
    /// A load option has an impossible value, or one the network cannot use.
    case option(String)
    /// The graph is not one: `node` names the place, where there is one.
    case graph(file: String, node: String, problem: String)
}

extension NetworkError: CustomStringConvertible {
    /// The message for people; it names the file.
    public var description: String {
        switch self {
        case .unrecognised(let file, let lookedFor, let found, let count):
            "\(file): none of the networks known here. Looked for the weights of \(lookedFor.joined(separator: "; ")). "
                + "Found \(count) tensors\(count > 0 ? ": " + Self.list(found, of: count) : "")."
        case .unusedTensors(let file, let architecture, let names):
            "\(file): looks like \(architecture), but has \(names.count) tensors that it does not know "
                + "(\(Self.list(names, of: names.count))), so it is another network."
        case .tensor(let file, let name, let problem):
            "\(file): tensor \(Self.clipped(name)) \(problem)"
        case .option(let problem):
            problem
        case .graph(let file, let node, let problem):
            "\(file): \(node.isEmpty ? "graph" : "node \(Self.clipped(node))") \(problem)"
        }
    }

    private static func list(_ names: [String], of count: Int) -> String {
        let shown = names.prefix(8)
        return shown.map(clipped).joined(separator: ", ") + (count > shown.count ? ", …" : "")
    }

    /// Names come from files that may be hostile: a message stays short and cannot play with a terminal.
    private static func clipped(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(100) {
            text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return name.unicodeScalars.count > 100 ? text + "…" : text
    }
}
