import Glibc

/// The message of each thread's last failed call.
enum LastError {
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key) { free($0) } == 0 ? key : nil
    }()

    static func set(_ message: String) {
        guard let key else { return }
        free(pthread_getspecific(key))
        pthread_setspecific(key, message.withCString { strdup($0) })
    }

    /// Valid until the thread's next `set`.
    static var pointer: UnsafePointer<CChar> {
        guard let key, let text = pthread_getspecific(key) else { return CText.empty }
        return UnsafePointer(text.assumingMemoryBound(to: CChar.self))
    }
}
