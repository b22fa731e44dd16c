import Glibc
import QuantizedNetworks
import Quantizers
import Tensors

/// The source of AdaRound's V (Nagel et al., 2020): one number per quantized weight that decides, in the end, between rounding it
/// down and up. There are such parameters while a run learns them, after `QuantizedNetwork.beginRounding`.
///
/// Apart from the gradient of the losses, V has that of the regularizer λ · Σ over all weights of 1 - |2 h(V) - 1|^β, which
/// pushes every h to 0 or 1. It begins after 20 % of the run, and β falls from 20 to 2 along the rest: a large β leaves all but the
/// nearly decided weights alone.
package struct RoundingParameters: ParameterSource {
    /// The share of the run without the regularizer.
    static let warmUp = 0.2
    /// β after the warm-up and at the end.
    static let exponents = (first: 20.0, last: 2.0)
    /// λ, ten times that of the released code of BRECQ, whose runs have twenty thousand steps: with hundreds of steps a tiny
    /// network of 3 bits ends with the less loss the more there is of it, from 0.0003 to 0.3.
    package static let factor = 0.1

    package var studentPart: StudentPart { .weights }
    /// Always false, since V = 0 is halfway between down and up.
    package var allowsRelativeSteps: Bool { false }

    package func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        place.node.flatMap { quantized.layers[$0]?.weight as? LearnedRounding }?.offsets ?? []
    }

    package func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        guard let node = place.node, var rounding = quantized.layers[node]?.weight as? LearnedRounding else { return }
        quantized.layers[node]?.weight = nil
        rounding.offsets = values
        quantized.layers[node]?.weight = rounding
    }

    package func request(for quantized: QuantizedNetwork, pool: ThreadPool) -> GradientRequest {
        var request = GradientRequest()
        request.weights = Set(quantized.quantizedNodes.filter { quantized.layers[$0]?.weight is LearnedRounding })
        return request
    }

    package func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        var result: [ParameterPlace: [Double]] = [:]
        let exponent = Self.exponent(progress: pass.progress)
        for (node, gradient) in pass.gradients.weights {
            guard let rounding = quantized.layers[node]?.weight as? LearnedRounding else { continue }
            var slopes = rounding.slopesOfOffsets
            if let layer = quantized.layers[node], layer.activation == nil, let convolution = quantized.convolution(node) {
                slopes = layer.unscaled(slopes, of: convolution)
            }
            var own = zip(gradient, slopes).map { $0 * Double($1) }
            if let exponent {
                for index in own.indices {
                    own[index] += Self.factor * Self.slope(of: rounding.offsets[index], exponent: exponent)
                }
            }
            result[.layer(node)] = own
        }
        return result
    }

    /// Returns β at this share of the run; nil while there is no regularizer.
    package static func exponent(progress: Double) -> Double? {
        guard progress >= warmUp else { return nil }
        let rest = (progress - warmUp) / (1 - warmUp)
        return exponents.last + (exponents.first - exponents.last) * max(0, 1 - rest)
    }

    /// Returns 1 - |2 h(V) - 1|^β.
    package static func penalty(of offset: Float, exponent: Double) -> Double {
        1 - pow(abs(2 * Double(LearnedRounding.share(offset)) - 1), exponent)
    }

    /// Returns the derivative of `penalty` for V.
    static func slope(of offset: Float, exponent: Double) -> Double {
        let distance = 2 * Double(LearnedRounding.share(offset)) - 1
        let slope = -exponent * pow(abs(distance), exponent - 1) * (distance < 0 ? -2 : 2)
        return slope * Double(LearnedRounding.shareSlope(offset))
    }
}

extension QuantizedNetwork {
    /// Puts a `LearnedRounding` in the place of every symmetric quantizer of weights. It begins at the float weights, as far as
    /// they are inside the clipping range. Asymmetric quantizers stay as they are.
    package mutating func beginRounding() {
        for node in quantizedNodes {
            guard let convolution = convolution(node), let layer = layers[node],
                let symmetric = layer.weight as? SymmetricWeightQuantizer
            else { continue }
            layers[node]?.weight = LearnedRounding(symmetric, weights: layer.scaledWeights(of: convolution))
        }
    }

    /// Decides every weight that a run has learned to round: the network's weights become the levels that they were rounded to, and
    /// the layers have the quantizers whose ranges the run has learned.
    package mutating func endRounding() {
        for node in quantizedNodes {
            guard let layer = layers[node], let rounding = layer.weight as? LearnedRounding else { continue }
            changeConvolution(node) { $0.weight.values = layer.unscaled(rounding.decided, of: $0) }
            layers[node]?.weight = rounding.quantizer
        }
    }
}
