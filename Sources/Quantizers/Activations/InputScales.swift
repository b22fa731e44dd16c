import Glibc

/// The scales of a layer's input channels: each channel is divided by its own before the layer's quantizer rounds it, and the
/// layer's weights are multiplied by it, so that the float layer stays what it was (docs/method.md, "A scale per input channel").
///
/// What is kept is the factor 1 / scale: simulation and engine multiply by the same float, once, before they round.
public struct InputScales: Sendable, Equatable {
    /// The factors that inputs are multiplied by, one for each channel.
    public let factors: [Float]

    /// The legal factors. Products with activations, which stay below 1e18, and with weights are then normal numbers.
    public static let legalFactors: ClosedRange<Float> = 1e-6...1e6

    /// How many times the largest magnitude may be that of a channel. One that calibration saw next to nothing of could otherwise
    /// get a scale so small that every later value is clipped.
    public static let largestRatio = 1024.0

    /// Makes scales of the factors 1 / scale.
    /// - Throws: `.inputScales` where there is none, and for one outside `legalFactors`.
    public init(factors: [Float]) throws(QuantizerError) {
        guard !factors.isEmpty else { throw .inputScales("there is no factor") }
        for factor in factors where !Self.legalFactors.contains(factor) {
            throw .inputScales("the factor \(factor) is outside \(Self.legalFactors)")
        }
        self.factors = factors
    }

    /// Makes the scales (m / M)^power of channels whose largest magnitudes are m, M being the largest of all. So the largest scale
    /// is 1, and ranges stay in the units of the layer's input.
    ///
    /// Edge cases: a magnitude counts as M / `largestRatio` at least. Where all magnitudes are 0, all scales are 1.
    /// - Precondition: magnitudes are finite and not negative, and there is one at least.
    public init(magnitudes: [Float], power: Float) {
        precondition(!magnitudes.isEmpty, "a layer has channels")
        let largest = Double(magnitudes.max() ?? 0)
        factors = magnitudes.map { magnitude in
            guard largest > 0 else { return 1 }
            return Float(pow(min(largest / Double(magnitude), Self.largestRatio), Double(power)))
        }
    }

    /// How many channels there are.
    public var channels: Int { factors.count }

    /// The scale of each channel, which weights are multiplied by.
    public var scales: [Float] { factors.map { 1 / $0 } }

    /// Returns weights for the input after its division by the scales: each is multiplied by its channel's scale.
    /// - Parameter weights: `[outputs, channels, kernel, kernel]`.
    /// - Precondition: there are as many channels.
    public func scaled(weights: [Float], outputs: Int) -> [Float] { multiplied(weights, outputs: outputs, by: scales) }

    /// Returns the weights for the input as it is: the inverse of `scaled(weights:outputs:)`, up to rounding.
    public func unscaled(weights: [Float], outputs: Int) -> [Float] { multiplied(weights, outputs: outputs, by: factors) }

    /// Calls `body` with numbers of whole pixels after their division by `scales`, or with the numbers themselves where there are
    /// none.
    public static func dividing<Result, Failure: Error>(
        _ input: UnsafeBufferPointer<Float>, by scales: InputScales?,
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let scales, let start = input.baseAddress else { return try body(input) }
        let values = [Float](unsafeUninitializedCapacity: input.count) { values, initialized in
            guard let target = values.baseAddress else { return }
            scales.multiply(start, into: target, count: input.count)
            initialized = input.count
        }
        return try values.withUnsafeBufferPointer(body)
    }

    /// Writes `y[i] = x[i] · factor`, where `x[0]` belongs to channel `firstChannel` and one pixel's channels follow another's. `x`
    /// and `y` may be the same memory.
    func multiply(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, firstChannel: Int = 0) {
        factors.withUnsafeBufferPointer { factors in
            // Pixel by pixel, so that the inner loop has no division and becomes vectors.
            var (first, channel) = (0, firstChannel % factors.count)
            while first < count {
                let length = min(factors.count - channel, count - first)
                for i in 0..<length { y[first + i] = x[first + i] * factors[channel + i] }
                (first, channel) = (first + length, 0)
            }
        }
    }

    private func multiplied(_ weights: [Float], outputs: Int, by numbers: [Float]) -> [Float] {
        precondition(
            outputs > 0 && weights.count % (outputs * channels) == 0,
            "\(weights.count) weights are not those of \(outputs) outputs and \(channels) channels")
        let window = weights.count / (outputs * channels)
        var result = weights
        for index in result.indices { result[index] *= numbers[index / window % channels] }
        return result
    }
}
