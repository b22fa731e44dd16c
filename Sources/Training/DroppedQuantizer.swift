import Tensors

/// A quantizer of activations that leaves some of them as they are (QDrop, Wei et al., 2022): training with it finds weights that
/// do well not only at these very levels.
///
/// Which numbers are left follows from a hash of the number's bits, the step's seed and the layer. So the forward and the backward
/// pass agree whatever bands and threads a map is cut into, and the low bits of activations are as good as random. Equal numbers
/// share their fate; those that come up often are zeros, which are mostly a level.
package struct DroppedQuantizer: ElementwiseFunction {
    private let quantizer: any ElementwiseFunction
    /// Numbers whose hash is below this are left, on a scale of 2^32.
    private let limit: UInt32
    private let seed: UInt32

    /// Makes a quantizer that leaves a share of numbers as they are, 0 ..< 1.
    package init(_ quantizer: any ElementwiseFunction, share: Float, seed: UInt64, node: Int) {
        self.quantizer = quantizer
        limit = UInt32(min(Double(share) * 4_294_967_296, 4_294_967_295))
        var generator = SplitMix64(state: seed &+ UInt64(node) &* 0x9e37_79b9_7f4a_7c15)
        self.seed = UInt32(truncatingIfNeeded: generator.next())
    }

    package var parameterCount: Int { quantizer.parameterCount }

    /// Whether a number is left as it is. The hash is the finalizer of MurmurHash3, in which every bit has an influence on every
    /// other.
    private func isLeft(_ x: Float) -> Bool {
        var hash = x.bitPattern ^ seed
        hash = (hash ^ hash >> 16) &* 0x85eb_ca6b
        hash = (hash ^ hash >> 13) &* 0xc2b2_ae35
        return hash ^ hash >> 16 < limit
    }

    package func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: min(count, Self.stretch)) { levels in
            guard let levels = levels.baseAddress else { return }
            for first in stride(from: 0, to: count, by: Self.stretch) {
                let length = min(Self.stretch, count - first)
                quantizer.apply(x + first, into: levels, count: length)
                for i in 0..<length { y[first + i] = isLeft(x[first + i]) ? x[first + i] : levels[i] }
            }
        }
    }

    package func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: min(count, Self.stretch)) { gradients in
            guard let gradients = gradients.baseAddress else { return }
            for first in stride(from: 0, to: count, by: Self.stretch) {
                let length = min(Self.stretch, count - first)
                // The quantizer hears nothing of numbers that are left, whose gradient goes through whole.
                for i in 0..<length { gradients[i] = isLeft(x[first + i]) ? 0 : outputGradient[first + i] }
                quantizer.differentiate(
                    x + first, outputGradient: gradients, into: gradients, parameterGradients: parameterGradients, count: length)
                for i in 0..<length {
                    inputGradient[first + i] = isLeft(x[first + i]) ? outputGradient[first + i] : gradients[i]
                }
            }
        }
    }

    /// The number of values that are handled at once: 8 KiB, small enough for the processor's first cache.
    private static let stretch = 2048
}
