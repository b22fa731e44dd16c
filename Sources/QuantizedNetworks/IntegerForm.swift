import Quantizers
import Tensors

/// The integer form of a quantized convolution: its result for output channel o is `scales[o]` · Σ code · integer, rounded once,
/// plus the bias.
public struct IntegerForm: Sendable {
    /// The quantizer of the input; it lies on an integer grid, whose integers are what the sums are made of.
    public var activation: any ActivationQuantizer
    /// The whole numbers that stand for the weights, `[outputs, inputs, kernel, kernel]`.
    public var codes: [Int16]
    /// One number per output channel: the grid's unit times the unit of the channel's weights, in single precision.
    public var scales: [Float]
    /// The scales that the input's channels are divided by before `activation`; nil where there are none.
    public var inputScales: InputScales?

    /// Makes the integer form of a convolution from its parts.
    public init(
        activation: any ActivationQuantizer, codes: [Int16], scales: [Float], inputScales: InputScales? = nil
    ) {
        (self.activation, self.codes, self.scales, self.inputScales) = (activation, codes, scales, inputScales)
    }
}

/// The reasons why a quantized layer of a snapped network computes in float nevertheless.
public enum FloatReason: Sendable, Equatable, CustomStringConvertible {
    /// The layer's input is not quantized.
    case inputInFloat
    /// The layer's weights are not quantized.
    case weightsInFloat
    /// The layer's asymmetric weights cannot be moved to whole numbers.
    case asymmetricWeights
    /// The bits of the layer's activations depend on the image; see `QuantizedNetwork.withFixedBits(imageStep:)`.
    case adaptiveBits
    /// No quantizer near the activation quantizer has levels on an integer grid.
    case noGrid(quantizer: String)
    /// The quantizer of the activations or of the weights could be snapped, but was not.
    case notSnapped
    /// A sum of products may reach this size, which is not below `ExactSums.limit`: the float engine, which simulates integers,
    /// would no longer be exact.
    case largeSums(Double)

    /// The reason in words, in which "its" refers to the layer.
    public var description: String {
        switch self {
        case .inputInFloat: "its input is not quantized"
        case .weightsInFloat: "its weights are not quantized"
        case .asymmetricWeights: "no whole numbers are near its asymmetric weights"
        case .adaptiveBits: "its bits depend on the image"
        case .noGrid(let quantizer): "no integer grid is near the levels of its quantizer \"\(quantizer)\""
        case .notSnapped: "the levels of its quantizer lie on no integer grid"
        case .largeSums(let sum): "its sums may reach \(sum), more than single precision holds exactly"
        }
    }
}

/// The arithmetic of a quantized layer in a snapped network.
public enum LayerArithmetic: Sendable {
    /// The layer computes in integers, in this form.
    case integers(IntegerForm)
    /// The layer computes in float, for this reason.
    case float(FloatReason)
}

/// The function from numbers to the integers of their levels, written as floats: what the float engine reads in place of the
/// quantized input when it simulates integers.
struct IntegerInput: ElementwiseFunction {
    /// The quantizer of the input, which has an integer grid.
    let quantizer: any ActivationQuantizer

    var parameterCount: Int { 0 }

    func apply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: min(count, Self.stretch)) { integers in
            guard let start = integers.baseAddress else { return }
            for first in stride(from: 0, to: count, by: Self.stretch) {
                let length = min(Self.stretch, count - first)
                quantizer.encodeIntegers(x + first, into: start, count: length)
                for i in 0..<length { y[first + i] = Float(start[i]) }
            }
        }
    }

    /// Writes zeros: whole numbers have no slope, and `TrainingExecutor` refuses such functions before it comes to this.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        inputGradient.update(repeating: 0, count: count)
    }

    /// The number of values that are encoded at once: 8 KiB of integers, small enough for the processor's first cache.
    private static let stretch = 4096
}
