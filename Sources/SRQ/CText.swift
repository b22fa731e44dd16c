import Glibc

/// A NUL-terminated copy of a string, at one address for as long as the object lives.
final class CText: Sendable {
    // Never written after init, so that threads may share it.
    nonisolated(unsafe) let pointer: UnsafePointer<CChar>

    init(_ text: String) { pointer = text.withCString { strdup($0).map { UnsafePointer($0) } ?? CText.empty } }

    deinit {
        if pointer != CText.empty { free(UnsafeMutableRawPointer(mutating: pointer)) }
    }

    static var empty: UnsafePointer<CChar> { constant("") }

    /// A literal's own memory, which is there forever.
    static func constant(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

/// Strings lent out by a handle that belongs to one thread: each is kept once and until the handle is freed.
final class CTextTable {
    private var texts: [String: CText] = [:]

    func pointer(_ text: String) -> UnsafePointer<CChar> {
        if let known = texts[text] { return known.pointer }
        let made = CText(text)
        texts[text] = made
        return made.pointer
    }
}
