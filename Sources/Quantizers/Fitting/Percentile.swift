/// The percentile of a few numbers that are all at hand; `TailSelector` takes streams.
package enum Percentile {
    /// Returns the exact percentile, interpolated linearly between neighbours as NumPy and PyTorch do by default; nil for no
    /// numbers. `percentile` is in 0…100.
    package static func of(_ values: [Double], _ percentile: Double) -> Float? {
        var selector = TailSelector(percentile: percentile, count: values.count)
        values.map(Float.init).withUnsafeBufferPointer { selector.add($0, absolute: false) }
        return selector.value
    }
}
