import Calibration
import Checkpoints
import Exchange
import Files
import FloatEngine
import Images
import IntegerEngine
import Networks
import QuantizedNetworks
import Training

/// An error of any room. The description names the file, layer or value; `kind` says what sort of trouble it is.
public enum SuperResolutionError: Error, Sendable {
    case file(FileError)
    case image(ImageError)
    case checkpoint(CheckpointError)
    case network(NetworkError)
    case engine(FloatEngineError)
    case integers(IntegerEngineError)
    case calibration(CalibrationError)
    case finetuning(FinetuningError)
    case quantization(QuantizedNetworkError)
    case exchange(ExchangeError)
    /// A request that a model cannot meet.
    case unsupported(String)
    /// A value that is out of range; the message names it.
    case argument(String)
    /// A need for more memory than there is; the message says how much and for what.
    case memory(String)
    /// An object that another call is at work on; the message names it.
    case busy(String)
    /// A progress function that said false, while `doing`.
    case cancelled(doing: String)
    /// A bug in the library.
    case `internal`(String)
}

extension SuperResolutionError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .image(let error): error.description
        case .checkpoint(let error): error.description
        case .network(let error): error.description
        case .engine(let error): error.description
        case .integers(let error): error.description
        case .calibration(let error): error.description
        case .finetuning(let error): error.description
        case .quantization(let error): error.description
        case .exchange(let error): error.description
        case .unsupported(let message), .argument(let message), .memory(let message), .busy(let message), .internal(let message):
            message
        case .cancelled(let work): "\(work) was cancelled"
        }
    }
}

extension SuperResolutionError {
    /// The sorts of trouble, as a caller may want to react to them; each is one status code of the C interface.
    public enum Kind: Sendable, CaseIterable {
        /// A value is out of range, a name is unknown, or a pattern has no match.
        case argument
        /// A file cannot be opened, read or written.
        case io
        /// A file is damaged or not what it should be.
        case format
        /// A file is well-formed, but not something this library knows.
        case unsupported
        /// The memory that the work needs is not there.
        case memory
        /// Another call is at work on the object.
        case busy
        /// A progress function said that the work shall end.
        case cancelled
        /// The library has a bug.
        case `internal`
    }

    /// The sort of trouble that the error is.
    public var kind: Kind {
        switch self {
        case .file(let error): error.kind
        case .image(let error): error.kind
        case .checkpoint(let error): error.kind
        case .network(let error): error.kind
        case .engine(let error): error.kind
        case .integers(let error): error.kind
        case .calibration(let error): error.kind
        case .finetuning(let error): error.kind
        case .quantization: .argument
        case .exchange(let error): error.kind
        case .unsupported: .unsupported
        case .argument: .argument
        case .memory: .memory
        case .busy: .busy
        case .cancelled: .cancelled
        case .internal: .internal
        }
    }
}

extension FileError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .empty: .format
        case .tooLarge: .memory
        case .notFound, .isFolder, .notFolder, .system: .io
        }
    }
}

extension ImageError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .file(let error): error.kind
        case .damaged: .format
        case .missingPartner: .io
        case .unsuitable, .noImages, .invalid: .argument
        case .memory: .memory
        }
    }
}

extension CheckpointError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .file(let error): error.kind
        case .unknownFormat, .malformed, .tensor, .json: .format
        case .unsupported, .forbiddenGlobal: .unsupported
        case .memory: .memory
        }
    }
}

extension NetworkError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .unrecognised, .unusedTensors: .unsupported
        case .tensor, .graph: .format
        case .option: .argument
        }
    }
}

extension FloatEngineError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .memory: .memory
        case .input, .inexact: .argument
        case .precision: .unsupported
        case .library: .internal
        case .cancelled: .cancelled
        }
    }
}

extension IntegerEngineError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .inFloat, .overflow, .inexact, .unsupported: .unsupported
        case .memory: .memory
        case .engine(let error): error.kind
        case .input: .argument
        case .cancelled: .cancelled
        }
    }
}

extension CalibrationError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .noImages, .quantization, .notFinite, .outputNotFinite: .argument
        case .engine(let error): error.kind
        case .cancelled: .cancelled
        }
    }
}

extension FinetuningError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .noImages, .option, .diverged, .layer: .argument
        case .state: .format
        case .checkpoint(let error): error.kind
        case .engine(let error): error.kind
        case .cancelled: .cancelled
        }
    }
}

extension ExchangeError {
    fileprivate var kind: SuperResolutionError.Kind {
        switch self {
        case .damaged: .format
        case .unsupported: .unsupported
        case .checkpoint(let error): error.kind
        case .network(let error): error.kind
        }
    }
}

/// Runs the work of a room below and turns its error into one of this room, with `wrap`.
func wrapping<Value, Failure: Error>(
    _ wrap: (Failure) -> SuperResolutionError, _ work: () throws(Failure) -> Value
) throws(SuperResolutionError) -> Value {
    do { return try work() } catch { throw wrap(error) }
}
