import Files
import Machine

/// Why a checkpoint, a safetensors file or a JSON text was refused.
public enum CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file could not be read or written at all.
    case file(FileError)
    /// The content is none of the formats that are known.
    case unknownFormat(file: String, reason: String)
    /// The content contradicts its own format: truncated, overlapping, wrong type, …
    case malformed(file: String, reason: String)
    /// The content is legitimate but of a kind that is not read here.
    case unsupported(file: String, reason: String)
    /// A pickle names a Python global that no state dict needs; nothing was executed.
    case forbiddenGlobal(file: String, name: String)
    /// One tensor is unusable.
    case tensor(file: String, name: String, reason: String)
    /// The memory is not there; `what` in the file needs it.
    case memory(file: String, what: String, bytes: Int)
    /// A JSON value is not what was asked for; `path` is the key path, for example `recipe.weights`.
    case json(path: String, reason: String)

    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .unknownFormat(let file, let reason), .malformed(let file, let reason), .unsupported(let file, let reason):
            "\(file): \(reason)"
        case .forbiddenGlobal(let file, let name):
            "\(file): names the Python global \(quoted(name)), which no state dict needs; nothing was executed "
                + "(save the network's state_dict() alone)"
        case .tensor(let file, let name, let reason): "\(file): tensor \(quoted(name)): \(reason)"
        case .memory(let file, let what, let bytes):
            "\(file): \(what) takes \(Memory.text(bytes: bytes)), more memory than there is"
        case .json(let path, let reason): "\(escaped(path, limit: 300)): \(reason)"
        }
    }
}

/// Returns a name from a file, fit for a message: in quotes, control characters escaped, cut after 100 characters.
func quoted(_ name: String) -> String { "\"\(escaped(name, limit: 100))\"" }

/// Returns text from a file with control characters escaped, cut after `limit` characters, so that it cannot play with a terminal.
private func escaped(_ text: String, limit: Int) -> String {
    let start = text.unicodeScalars.prefix(limit + 1)
    let shown = start.prefix(limit).map { $0.escaped(asASCII: false) }.joined()
    return start.count > limit ? shown + "…" : shown
}

/// Returns at most eight names from a file, fit for a message.
func quotedList(_ names: [String]) -> String {
    names.prefix(8).map(quoted).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count) in all)" : "")
}
