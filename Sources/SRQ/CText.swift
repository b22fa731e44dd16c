import Files
import Glibc

/// A NUL-terminated copy of a string, at one address for as long as the object lives.
final class CText: Sendable {
    /// The address of the copy. Nothing writes to it after `init`, so that threads may share it.
    nonisolated(unsafe) let pointer: UnsafePointer<CChar>

    /// Copies a string; a byte of a path that is not UTF-8 becomes text such as "\xe9". If there is no memory for the copy, the
    /// text is empty.
    init(_ text: String) { pointer = SystemPath.shown(text).withCString { strdup($0).map { UnsafePointer($0) } ?? CText.empty } }

    deinit {
        if pointer != CText.empty { free(UnsafeMutableRawPointer(mutating: pointer)) }
    }

    /// The address of an empty text that is never freed.
    static var empty: UnsafePointer<CChar> { constant("") }

    /// Returns the address of a literal, which is there as long as the process.
    static func constant(_ text: StaticString) -> UnsafePointer<CChar> {
        UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
    }
}

/// The strings that a handle lends out: each is kept once, until the handle is freed. A table belongs to one thread at a time,
/// as its handle does.
final class CTextTable {
    private var texts: [String: CText] = [:]

    /// Returns the address of a copy of the text; the same text always has the same address.
    func pointer(_ text: String) -> UnsafePointer<CChar> {
        if let known = texts[text] { return known.pointer }
        let made = CText(text)
        texts[text] = made
        return made.pointer
    }
}
