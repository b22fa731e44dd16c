public import CSRQ
import SuperResolution

/// The object behind an `srq_session`. One call at a time uses it.
final class SessionObject: ExclusiveObject {
    static var handleName: StaticString { "srq_session" }
    static var handleTag: UInt64 { 0x7373_6573_7371_7273 }

    let isBusy = BusyFlag()
    let session: Session
    var progress: srq_progress_function?
    var user: UnsafeMutableRawPointer?

    init(_ session: Session) { self.session = session }

    /// Returns the session, with a progress function that counts the seconds from this call on.
    func startingImage() -> Session {
        session.progress = progress.map { progress in
            let callback = ProgressCallback(progress, user)
            return { callback($0) }
        }
        return session
    }
}

@c @implementation
public func srq_session_options_init(_ options: UnsafeMutablePointer<srq_session_options>!, _ struct_size: UInt32) {
    VersionedStruct.initialize(options, size: struct_size, to: .defaults)
}

@c @implementation
public func srq_session_create(
    _ out: UnsafeMutablePointer<OpaquePointer?>!, _ model: OpaquePointer!, _ options: UnsafePointer<srq_session_options>!
) -> srq_status {
    status(making: out) { () throws(SuperResolutionError) in
        let model: ModelObject = try Handle.object(model, "model")
        let options = try VersionedStruct.read(options, "options", defaults: srq_session_options.defaults)
        return SessionObject(
            try Session(
                model.model, threads: threads(options.threads),
                precision: try choice(options.precision, "precision", default: .f32),
                alpha: try choice(options.alpha, "alpha", default: .bicubic),
                arithmetic: try optionalChoice(options.arithmetic, "arithmetic")))
    }
}

@c @implementation
public func srq_session_set_progress(
    _ session: OpaquePointer!, _ progress: srq_progress_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(session, "session") { (session: SessionObject) throws(SuperResolutionError) in
            (session.progress, session.user) = (progress, user)
        }
    }
}

@c @implementation
public func srq_session_set_warning(
    _ session: OpaquePointer!, _ warning: srq_warning_function!, _ user: UnsafeMutableRawPointer!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(session, "session") { (session: SessionObject) throws(SuperResolutionError) in
            guard warning != nil else { return session.session.warning = nil }
            let callback = try WarningCallback(warning, user)
            session.session.warning = { callback($0) }
        }
    }
}

@c @implementation
public func srq_session_upscale(
    _ session: OpaquePointer!, _ input: UnsafePointer<srq_image_view>!, _ output: UnsafePointer<srq_image_view>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(session, "session") { (session: SessionObject) throws(SuperResolutionError) in
            let source = try ImageView(input, "input")
            let target = try ImageView(output, "output")
            try target.check(asResultOf: source, scale: session.session.model.scale)
            try target.fill(from: try session.startingImage().upscale(try source.image(), format: target.format, type: target.type))
        }
    }
}

@c @implementation
public func srq_session_upscale_file(
    _ session: OpaquePointer!, _ input_path: UnsafePointer<CChar>!, _ output_path: UnsafePointer<CChar>!
) -> srq_status {
    status { () throws(SuperResolutionError) in
        try Handle.using(session, "session") { (session: SessionObject) throws(SuperResolutionError) in
            try session.startingImage().upscale(file: try path(input_path, "input_path"), to: try path(output_path, "output_path"))
        }
    }
}

@c @implementation
public func srq_session_free(_ session: OpaquePointer!) { Handle.free(session, as: SessionObject.self) }

extension ImageView {
    /// Makes sure that the view can take what `source` becomes.
    fileprivate func check(asResultOf source: ImageView, scale: Int) throws(SuperResolutionError) {
        guard width == source.width * scale, height == source.height * scale else {
            throw .argument(
                "output: has \(width) x \(height) pixels; \(source.width) x \(source.height) pixels become "
                    + "\(source.width * scale) x \(source.height * scale)")
        }
        guard format.channels == source.format.channels else {
            throw .argument(
                "output: has \(format.channels) channels (\(format)), input has \(source.format.channels) (\(source.format))")
        }
    }
}

extension srq_session_options {
    static var defaults: srq_session_options {
        srq_session_options(struct_size: 0, threads: 0, precision: nil, alpha: OptionTable.text(.session, "alpha"), arithmetic: nil)
    }
}
