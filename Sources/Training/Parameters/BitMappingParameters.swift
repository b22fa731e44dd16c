import QuantizedNetworks
import Quantizers
import Tensors

/// The source of what maps images and layers to bits: the image thresholds, and the measure of every adaptive layer.
struct BitMappingParameters: ParameterSource {
    var studentPart: StudentPart { .quantizer }
    /// Always false, since a measure of 0 is usual.
    var allowsRelativeSteps: Bool { false }

    func places(in quantized: QuantizedNetwork) -> [ParameterPlace] { quantized.parameterPlaces }

    func values(at place: ParameterPlace, in quantized: QuantizedNetwork) -> [Float] {
        guard let node = place.node else { return quantized.imageThresholds.map { [$0.lower, $0.upper] } ?? [] }
        guard let layer = quantized.layers[node], layer.isAdaptive, let measure = layer.measure else { return [] }
        return [measure]
    }

    func set(_ values: [Float], at place: ParameterPlace, in quantized: inout QuantizedNetwork) {
        let old = self.values(at: place, in: quantized)
        // As in the quantizers, the old number stays where a diverged step gives none: a model file could not hold it.
        let legal = values.indices.map { values[$0].isFinite || !old.indices.contains($0) ? values[$0] : old[$0] }
        if let node = place.node {
            quantized.layers[node]?.measure = legal.first
        } else if legal.count == 2 {
            quantized.imageThresholds = ImageThresholds(lower: legal[0], upper: legal[1])
        }
    }

    func learningRate(at place: ParameterPlace) -> LearningRateClass { place == .image ? .image : .group }

    func gradients(in quantized: QuantizedNetwork, after pass: BackwardPass) -> [ParameterPlace: [Double]] {
        MeasureGradients.evaluate(
            quantized, samples: pass.gradients.samples, measures: pass.measures, ofBits: pass.priceOfBits)
    }
}

extension LayerQuantization {
    /// Returns what the engine trains with instead of `activation(imageStep: 0)` and `variants`: the bits of adaptive layers have
    /// a gradient too.
    func trainable(_ quantizer: any ActivationQuantizer) -> any ElementwiseFunction {
        if isAdaptive, let uniform = quantizer as? UniformQuantizer { return VariableWidthQuantizer(uniform) }
        return quantizer
    }
}
