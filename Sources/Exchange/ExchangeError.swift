public import Checkpoints
public import Networks

/// Why a file of another program, or of another version of this one, cannot be read or written.
public enum ExchangeError: Error, Sendable, CustomStringConvertible {
    /// The file says that it is a model file, and then contradicts itself or lacks something.
    case damaged(file: String, reason: String)
    /// The file is sound, but of a format that this version of the library does not know.
    case unsupported(String)
    /// The container or its JSON cannot be read or written.
    case checkpoint(CheckpointError)
    /// The graph in the file is not one that can be run.
    case network(NetworkError)

    public var description: String {
        switch self {
        case .damaged(let file, let reason): "\(file): \(reason)"
        case .unsupported(let message): message
        case .checkpoint(let error): error.description
        case .network(let error): error.description
        }
    }
}

/// Runs the work of a room below and turns its error into one of this room, with `wrap`.
func wrapping<Value, Failure: Error>(
    _ wrap: (Failure) -> ExchangeError, _ work: () throws(Failure) -> Value
) throws(ExchangeError) -> Value {
    do { return try work() } catch { throw wrap(error) }
}
