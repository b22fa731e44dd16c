import IntegerEngine
import Tensors

extension IntegerProgram {
    /// Returns what the program makes of one image, `[height][width][channels]`; a pixel that nobody wrote is NaN.
    /// - Parameters:
    ///   - input: `[1, height, width, channels]`.
    ///   - outputs: the number of channels of the result.
    package func run(_ input: Tensor, outputs: Int, threads: Int) throws -> [Float] {
        let (height, width, inputs) = (input.dimensions[1], input.dimensions[2], input.dimensions[3])
        let outputWidth = width * scale
        var output = [Float](repeating: .nan, count: height * outputWidth * scale * outputs)
        try output.withUnsafeMutableBufferPointer { output in
            guard let start = output.baseAddress else { return }
            try IntegerExecutor(self, pool: ThreadPool(threads: threads)).run(
                width: width, height: height,
                read: { y, x, pixels, target in
                    for i in 0..<pixels * inputs { target[i] = input.values[(y * width + x) * inputs + i] }
                },
                write: { y, x, pixels, values in
                    (start + (y * outputWidth + x) * outputs).update(from: values, count: pixels * outputs)
                })
        }
        return output
    }
}
