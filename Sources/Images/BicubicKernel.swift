import Machine

/// The weights with which one axis of an image is resized: those of MATLAB's `imresize` with "bicubic".
///
/// Output sample `i` is the sum over `k` of `weights[i · taps + k]` times input sample `first[i] + k`, with indices clamped to
/// the input (its border is replicated).
struct BicubicKernel {
    let taps: Int
    let first: [Int]
    let weights: [Double]

    /// - Throws: `.memory` where the weights of an enormous reduction do not fit.
    init(from input: Int, to output: Int) throws(ImageError) {
        let scale = Double(output) / Double(input)
        // Shrinking stretches the kernel by as much, which is what keeps high frequencies from aliasing.
        let squeeze = min(scale, 1)
        let width = 4 / squeeze
        taps = Int(width.rounded(.up)) + 2
        let (total, overflow) = output.multipliedReportingOverflow(by: taps)
        guard !overflow, total <= Int.max / 16, Memory.isAvailable(bytes: total * 16) else {
            throw .memory(what: "resizing a side of \(input) pixels to \(output)", bytes: overflow ? .max : total)
        }

        var first: [Int] = []
        var weights: [Double] = []
        first.reserveCapacity(output)
        weights.reserveCapacity(total)
        for position in 1...output {
            // MATLAB counts samples from 1.
            let center = Double(position) / scale + 0.5 * (1 - 1 / scale)
            let left = (center - width / 2).rounded(.down)
            let start = weights.count
            var sum = 0.0
            for tap in 0..<taps {
                let weight = Self.keys(squeeze * (center - left - Double(tap)))
                weights.append(weight)
                sum += weight
            }
            for index in start..<weights.count { weights[index] /= sum }
            first.append(Int(left) - 1)
        }
        (self.first, self.weights) = (first, weights)
    }

    /// The kernel of Keys, "Cubic convolution interpolation for digital image processing" (1981), a = -0.5.
    private static func keys(_ x: Double) -> Double {
        let x = abs(x)
        if x <= 1 { return (1.5 * x - 2.5) * x * x + 1 }
        if x <= 2 { return ((-0.5 * x + 2.5) * x - 4) * x + 2 }
        return 0
    }
}
