import Tensors

/// The tensors of a file, which are handed out by name; it remembers which ones nobody asked for.
package struct TensorReader {
    /// The file's name, for errors.
    package let file: String
    private let tensors: [String: Tensor]
    /// The names of the tensors that nobody has taken yet.
    private(set) var unread: Set<String>

    /// Makes a reader that has handed out nothing.
    init(_ tensors: [String: Tensor], file: String) {
        (self.tensors, self.file, unread) = (tensors, file, Set(tensors.keys))
    }

    /// Returns whether there is a tensor of this name.
    package func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// Returns a tensor without counting it as read; nil where there is none.
    package func peek(_ name: String) -> Tensor? { tensors[name] }

    /// Returns a tensor and counts it as read.
    /// - Parameters:
    ///   - dimensions: what must be there; nil where any number above zero will do.
    ///   - expected: says so in words where `dimensions` cannot.
    /// - Throws: `.tensor` where it is missing, has another shape or holds a number that is not finite.
    package mutating func take(_ name: String, _ dimensions: [Int?], expected: String? = nil) throws(NetworkError) -> Tensor {
        let expected = expected ?? "[\(dimensions.map { $0.map(String.init) ?? "any" }.joined(separator: ", "))]"
        guard let tensor = tensors[name] else { throw problem(name, "is missing; expected \(expected)") }
        guard tensor.dimensions.count == dimensions.count,
            zip(tensor.dimensions, dimensions).allSatisfy({ $0 > 0 && ($1 == nil || $0 == $1) })
        else { throw problem(name, "has the shape \(tensor.dimensions); expected \(expected)") }
        if let value = tensor.values.firstNotFinite { throw problem(name, "holds \(value)") }
        unread.remove(name)
        return tensor
    }

    /// Returns a vector, or nil where the file has none of that name.
    package mutating func takeVector(ifPresent name: String, count: Int) throws(NetworkError) -> [Float]? {
        contains(name) ? try take(name, [count]).values : nil
    }

    /// Returns one more than the largest `n` for which there is a tensor `prefix` + n + `suffix`; 0 where there is none.
    package func count(_ prefix: String, _ suffix: String) -> Int {
        var count = 0
        for name in tensors.keys where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
            let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
            if let index = Int(digits), (0..<Network.mostNodes).contains(index) { count = max(count, index + 1) }
        }
        return count
    }

    /// Returns the error that names this tensor.
    package func problem(_ name: String, _ text: String) -> NetworkError { .tensor(file: file, name: name, problem: text) }
}
