import Files
import Machine

/// What can go wrong with images. Every message names the file, or the value, that is to blame.
public enum ImageError: Error, Sendable, Equatable {
    /// A file or folder cannot be read or written.
    case file(FileError)
    /// A file is no PNG, or is damaged, or contradicts itself.
    case damaged(name: String, reason: String)
    /// An image is sound but cannot serve here: too small for a patch, of the wrong size for its partner.
    case unsuitable(name: String, reason: String)
    /// A folder or a pattern has no image.
    case noImages(place: String)
    /// The low resolution file of a high resolution image is missing.
    case missingPartner(high: String, low: String)
    /// An argument is out of range.
    case invalid(reason: String)
    /// The memory is not there. `what` needs it: an image and its size, a file.
    case memory(what: String, bytes: Int)
}

extension ImageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let name, let reason), .unsuitable(let name, let reason): "\(name): \(reason)"
        case .noImages(let place): "\(place): no PNG image there"
        case .missingPartner(let high, let low): "\(low): no such file, although there is \(high)"
        case .invalid(let reason): reason
        case .memory(let what, let bytes): "\(what) takes \(Memory.text(bytes: bytes)), more memory than there is"
        }
    }
}
