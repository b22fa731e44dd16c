/// The percentile of a few numbers.
package enum Percentile {
    /// Exact, interpolated between neighbours as NumPy and PyTorch do by default; nil for no numbers.
    package static func of(_ values: [Double], _ percentile: Double) -> Float? {
        var selector = TailSelector(percentile: percentile, count: values.count)
        values.map(Float.init).withUnsafeBufferPointer { selector.add($0, absolute: false) }
        return selector.value
    }
}
