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

/// Whatever can go wrong, from any room. The description names the file, layer or value; `kind` says what sort of trouble it is.
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
    /// A value out of range, named in the message.
    case argument(String)
    /// More memory than there is; the message says for what.
    case memory(String)
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
        case .unsupported(let message), .argument(let message), .memory(let message), .internal(let message): message
        case .cancelled(let work): "\(work) was cancelled"
        }
    }
}

extension SuperResolutionError {
    /// Sorts of trouble, as a caller may want to react to them.
    public enum Kind: Sendable, CaseIterable {
        /// Out of range, an unknown name, a pattern without a match.
        case argument
        /// A file cannot be opened, read or written.
        case io
        /// A file is damaged or not what it should be.
        case format
        /// Well-formed, but not something this library knows.
        case unsupported
        case memory
        case cancelled
        case `internal`
    }

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
        case .noImages, .quantization, .notFinite: .argument
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

/// Runs a room's work and puts its error under this room's roof.
func wrapping<Value, Failure: Error>(
    _ wrap: (Failure) -> SuperResolutionError, _ work: () throws(Failure) -> Value
) throws(SuperResolutionError) -> Value {
    do { return try work() } catch { throw wrap(error) }
}
