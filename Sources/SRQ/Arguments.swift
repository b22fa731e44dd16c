import Files
import SuperResolution

/// Returns a pointer that must not be NULL.
///
/// - Throws: `.argument` for NULL, naming the parameter.
func required<Pointee>(
    _ pointer: UnsafeMutablePointer<Pointee>?, _ name: StaticString
) throws(SuperResolutionError) -> UnsafeMutablePointer<Pointee> {
    guard let pointer else { throw .argument("\(name): is NULL") }
    return pointer
}

/// Returns a string that must be there.
///
/// - Throws: `.argument` for NULL and for what is not UTF-8.
func text(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String {
    guard let text = try optionalText(pointer, name) else { throw .argument("\(name): is NULL") }
    return text
}

/// Returns a string, or nil for NULL.
///
/// - Throws: `.argument` for what is not UTF-8.
func optionalText(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String? {
    guard let pointer else { return nil }
    // Broken UTF-8 is refused: mended, it would be another name.
    guard let text = String(validatingCString: pointer) else { throw .argument("\(name): is not UTF-8") }
    return text
}

/// Returns a path that must be there and must not be empty. Paths are bytes as the system has them, UTF-8 or not.
func path(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String {
    guard let pointer else { throw .argument("\(name): is NULL") }
    let path = SystemPath.text(pointer)
    guard !path.isEmpty else { throw .argument("\(name): is empty") }
    return path
}

/// Returns a path, or nil for NULL; an empty one is an error, which is better found before the work than after it.
func optionalPath(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String? {
    pointer == nil ? nil : try path(pointer, name)
}

/// Makes sure that a field which this version of the library does not use is 0.
func reserved(_ value: UInt32, _ name: StaticString) throws(SuperResolutionError) {
    guard value == 0 else { throw .argument("\(name): is \(value), not 0") }
}

/// Returns whether a flag is set; every value but 0 and 1 is an error.
func flag(_ value: Int32, _ name: StaticString) throws(SuperResolutionError) -> Bool {
    guard value == 0 || value == 1 else { throw .argument("\(name): \(value) is neither 0 nor 1") }
    return value == 1
}

/// Returns a number of threads, or nil for 0, which means one per processor.
func threads(_ value: UInt32) -> Int? { value == 0 ? nil : Int(value) }

/// Returns the enum's case whose raw value is the text; NULL means the default.
///
/// - Throws: `.argument` for any other text; the message lists the known ones.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ pointer: UnsafePointer<CChar>?, _ name: StaticString, default fallback: Choice
) throws(SuperResolutionError) -> Choice {
    guard let text = try optionalText(pointer, name) else { return fallback }
    return try choice(text, name)
}

/// Returns one of a list of names, or nil for NULL and for an empty text.
func optionalChoice<Choice: RawRepresentable<String> & CaseIterable>(
    _ pointer: UnsafePointer<CChar>?, _ name: StaticString
) throws(SuperResolutionError) -> Choice? {
    guard let text = try optionalText(pointer, name), !text.isEmpty else { return nil }
    return try choice(text, name)
}

/// Returns the choice of this name.
private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ text: String, _ name: StaticString
) throws(SuperResolutionError) -> Choice {
    guard let choice = Choice(rawValue: text) else {
        throw .argument("\(name): unknown '\(text)'; known are \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
}
