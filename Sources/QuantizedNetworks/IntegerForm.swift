import Quantizers
import Tensors

/// A quantized convolution in whole numbers: its result is `scales[o]` · Σ code · integer, rounded once, plus the bias.
public struct IntegerForm: Sendable {
    /// The quantizer of the input; it lies on an integer grid, whose integers are what the sums are made of.
    public var activation: any ActivationQuantizer
    /// The whole numbers that stand for the weights, `[outputs, inputs, kernel, kernel]`.
    public var codes: [Int16]
    /// One number per output channel: the grid's unit times the unit of the channel's weights, in single precision.
    public var scales: [Float]

    public init(activation: any ActivationQuantizer, codes: [Int16], scales: [Float]) {
        (self.activation, self.codes, self.scales) = (activation, codes, scales)
    }
}

/// Why a quantized layer of a snapped network computes in float nevertheless.
public enum FloatReason: Sendable, Equatable, CustomStringConvertible {
    case inputInFloat
    case weightsInFloat
    case asymmetricWeights
    case adaptiveBits
    /// Nothing near the quantizer's levels lies on a grid.
    case noGrid(quantizer: String)
    /// The quantizer could be snapped, or that of the weights, but was not.
    case notSnapped
    /// The simulation's sums would not be exact.
    case largeSums(Double)

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

/// How a quantized layer of a snapped network computes.
public enum LayerArithmetic: Sendable {
    case integers(IntegerForm)
    case float(FloatReason)
}

/// The way from numbers to the integers of their levels, as floats.
struct IntegerInput: ElementwiseFunction {
    /// Has a grid.
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

    /// Whole numbers have no slope: `TrainingExecutor` refuses them before it comes to this.
    func differentiate(
        _ x: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, into inputGradient: UnsafeMutablePointer<Float>,
        parameterGradients: UnsafeMutablePointer<Double>, count: Int
    ) {
        inputGradient.update(repeating: 0, count: count)
    }

    /// Small enough for the processor's first cache.
    private static let stretch = 4096
}
