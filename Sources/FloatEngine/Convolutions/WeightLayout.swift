/// The rearrangements of a weight tensor `[outputs, inputs, kernel, kernel]`.
package enum WeightLayout {
    /// Returns the weights of the convolution that carries gradients from the output back to the input: inputs and outputs change
    /// places and the kernel is turned by 180 degrees.
    package static func transposed<Value>(_ weights: [Value], outputs: Int, inputs: Int, kernel: Int) -> [Value] {
        let area = kernel * kernel
        return [Value](unsafeUninitializedCapacity: weights.count) { result, count in
            for o in 0..<outputs {
                for i in 0..<inputs {
                    for k in 0..<area { result[(i * outputs + o) * area + area - 1 - k] = weights[(o * inputs + i) * area + k] }
                }
            }
            count = weights.count
        }
    }

    /// Returns where each output channel of a convolution that feeds a pixel shuffle is stored: `c·r² + q` goes to `q·C + c`, so
    /// that each of the `r²` output pixels `q` is one run of channels and shuffling copies runs.
    package static func shuffleOrder(outputs: Int, factor: Int) -> [Int] {
        let area = factor * factor
        let channels = outputs / area
        return (0..<outputs).map { ($0 % area) * channels + $0 / area }
    }

    /// Returns values of which every output has the same number, in the order in which results are stored.
    /// - Parameter shuffle: the factor of the pixel shuffle that the outputs feed; nil: they are stored as they are.
    package static func stored<Value>(_ values: [Value], outputs: Int, shuffle: Int?) -> [Value] {
        shuffle.map { reordered(values, by: shuffleOrder(outputs: outputs, factor: $0)) } ?? values
    }

    /// Returns the values with block `o` (of `values.count / order.count` elements) at place `order[o]`.
    package static func reordered<Value>(_ values: [Value], by order: [Int]) -> [Value] {
        let block = values.count / order.count
        var result = values
        for (from, to) in order.enumerated() {
            for k in 0..<block { result[to * block + k] = values[from * block + k] }
        }
        return result
    }
}
