public import CSRQ
import SuperResolution

@c @implementation
public func srq_version_number() -> UInt32 { UInt32(SRQ_VERSION_NUMBER) }

@c @implementation
public func srq_status_name(_ status: srq_status) -> UnsafePointer<CChar>! {
    switch status {
    case SRQ_OK: CText.constant("SRQ_OK")
    case SRQ_ERROR_ARGUMENT: CText.constant("SRQ_ERROR_ARGUMENT")
    case SRQ_ERROR_IO: CText.constant("SRQ_ERROR_IO")
    case SRQ_ERROR_FORMAT: CText.constant("SRQ_ERROR_FORMAT")
    case SRQ_ERROR_UNSUPPORTED: CText.constant("SRQ_ERROR_UNSUPPORTED")
    case SRQ_ERROR_MEMORY: CText.constant("SRQ_ERROR_MEMORY")
    case SRQ_ERROR_BUSY: CText.constant("SRQ_ERROR_BUSY")
    case SRQ_ERROR_CANCELLED: CText.constant("SRQ_ERROR_CANCELLED")
    case SRQ_ERROR_INTERNAL: CText.constant("SRQ_ERROR_INTERNAL")
    default: CText.constant("unknown status")
    }
}

@c @implementation
public func srq_last_error() -> UnsafePointer<CChar>! { LastError.pointer }

extension SuperResolutionError.Kind {
    /// The status code of this sort of trouble.
    var status: srq_status {
        switch self {
        case .argument: SRQ_ERROR_ARGUMENT
        case .io: SRQ_ERROR_IO
        case .format: SRQ_ERROR_FORMAT
        case .unsupported: SRQ_ERROR_UNSUPPORTED
        case .memory: SRQ_ERROR_MEMORY
        case .busy: SRQ_ERROR_BUSY
        case .cancelled: SRQ_ERROR_CANCELLED
        case .internal: SRQ_ERROR_INTERNAL
        }
    }
}

/// Runs the body of a C function, and returns its status: an error becomes a status code and the calling thread's message.
func status(_ body: () throws(SuperResolutionError) -> Void) -> srq_status {
    do {
        try body()
        return SRQ_OK
    } catch {
        LastError.set(error.description)
        return error.kind.status
    }
}

/// Runs the body of a C function that makes a handle, as the other `status` does; `*out` is NULL unless the body succeeds.
func status<Object: HandleObject>(
    making out: UnsafeMutablePointer<OpaquePointer?>?, _ body: () throws(SuperResolutionError) -> Object
) -> srq_status {
    out?.pointee = nil
    return status { () throws(SuperResolutionError) in
        let out = try required(out, "out")
        out.pointee = Handle.make(try body())
    }
}
