import Files

/// What can go wrong with images. Every message names the file, or the value, that is to blame.
public enum ImageError: Error, Sendable, Equatable {
    /// A file or folder cannot be read or written.
    case file(FileError)
    /// Not a PNG, or one that is damaged or lies about itself.
    case damaged(name: String, reason: String)
    /// A sound image that cannot serve here: too small for a patch, of the wrong size for its partner.
    case unsuitable(name: String, reason: String)
    /// A folder or pattern without any image.
    case noImages(place: String)
    /// A high resolution image whose low resolution file is missing.
    case missingPartner(high: String, low: String)
    /// An argument out of range.
    case invalid(reason: String)
    /// The memory for an image is not there.
    case memory(bytes: Int)
}

extension ImageError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .damaged(let name, let reason), .unsuitable(let name, let reason): "\(name): \(reason)"
        case .noImages(let place): "\(place): no PNG image there"
        case .missingPartner(let high, let low): "\(low): no such file, although there is \(high)"
        case .invalid(let reason): reason
        case .memory(let bytes): "\(bytes) bytes for an image are more memory than there is"
        }
    }
}
