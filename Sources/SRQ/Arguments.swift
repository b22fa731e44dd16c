import SuperResolution

func required<Pointee>(
    _ pointer: UnsafeMutablePointer<Pointee>?, _ name: StaticString
) throws(SuperResolutionError) -> UnsafeMutablePointer<Pointee> {
    guard let pointer else { throw .argument("\(name): is NULL") }
    return pointer
}

/// A string that must be there.
func text(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String {
    guard let text = try optionalText(pointer, name) else { throw .argument("\(name): is NULL") }
    return text
}

/// Nil for NULL.
func optionalText(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String? {
    guard let pointer else { return nil }
    // Mending broken UTF-8 would make it the name of another file.
    guard let text = String(validatingCString: pointer) else { throw .argument("\(name): is not UTF-8") }
    return text
}

/// A path that must be there.
func path(_ pointer: UnsafePointer<CChar>?, _ name: StaticString) throws(SuperResolutionError) -> String {
    let path = try text(pointer, name)
    guard !path.isEmpty else { throw .argument("\(name): is empty") }
    return path
}

func flag(_ value: Int32, _ name: StaticString) throws(SuperResolutionError) -> Bool {
    guard value == 0 || value == 1 else { throw .argument("\(name): \(value) is neither 0 nor 1") }
    return value == 1
}

/// A number of threads: 0 means one per processor.
func threads(_ value: UInt32) -> Int? { value == 0 ? nil : Int(value) }

/// One of an enum's raw values by name; NULL means the default.
func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ pointer: UnsafePointer<CChar>?, _ name: StaticString, default fallback: Choice
) throws(SuperResolutionError) -> Choice {
    guard let text = try optionalText(pointer, name) else { return fallback }
    guard let choice = Choice(rawValue: text) else {
        throw .argument("\(name): unknown '\(text)'; known are \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
}
