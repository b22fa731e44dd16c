import Files
import Glibc

/// The message of each thread's last failed call.
enum LastError {
    /// The key of each thread's message, which the system frees when the thread ends; nil if the system has no key left.
    private static let key: pthread_key_t? = {
        var key = pthread_key_t()
        return pthread_key_create(&key) { free($0) } == 0 ? key : nil
    }()

    /// Keeps a copy of a message for the calling thread.
    static func set(_ message: String) {
        guard let key else { return }
        free(pthread_getspecific(key))
        pthread_setspecific(key, printable(SystemPath.shown(message)).withCString { strdup($0) })
    }

    /// Returns a text with `\x1B` in place of a control character, and so on: messages name files, hosts print messages, and a
    /// terminal would obey the escape codes in a name.
    static func printable(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            guard isControl(scalar) else { return result.unicodeScalars.append(scalar) }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            result += "\\x" + (digits.count < 2 ? "0" : "") + digits
        }
    }

    /// The calling thread's message, "" if there is none; it is valid until the thread's next `set`.
    static var pointer: UnsafePointer<CChar> {
        guard let key, let text = pthread_getspecific(key) else { return CText.empty }
        return UnsafePointer(text.assumingMemoryBound(to: CChar.self))
    }
}
