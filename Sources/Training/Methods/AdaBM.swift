import QuantizedNetworks
import Quantizers
import Tensors

extension FinetuningMethod {
    /// AdaBM's method (docs/baselines.md, "AdaBM"), for networks calibrated with it: after its bit-aware clipping it trains
    /// weight ranges, activation ranges and what maps images and layers to bits in turn, with the reconstruction loss on 0…255 (λ
    /// = 255), `BlockLoss` and `BitLoss`.
    public static let adabm = FinetuningMethod(
        name: "adabm", groups: ParameterGroup.standard,
        refusal: { options in
            options.isSnapped ? "snapping: levels whose bits depend on the image lie on no integer grid" : nil
        },
        defaults: { options in
            options.lambda = 255
            options.cycle = [.weights, .range, .measures]
            for group in ParameterGroup.standard { options.learningRates[group] = 0.01 }
        },
        losses: { (run) throws(FinetuningError) in
            var losses = Losses(output: [ReconstructionLoss(run)], ofBits: [.measures: BitLoss.evaluate])
            if run.options.sensitivity { losses.features.append(BlockLoss(run)) }
            if run.options.attention > 0 { losses.features.append(try AttentionLoss(run)) }
            return losses
        },
        prepare: { (quantized, objective, images, numbers) throws(FinetuningError) in
            try objective.clip(&quantized, images, numbers: numbers)
        })
}

extension Objective {
    /// Clips ranges with the bits in mind (docs/baselines.md, "Bit-aware clipping"): every range below 8 bits is fitted to what
    /// its layer reads of this batch, at the layer's bits whatever the image, from the first layer to the last with those before
    /// it clipped already.
    ///
    /// Postcondition: where this throws, `quantized` is as it was.
    /// - Parameters:
    ///   - images: `[samples, height, width, 3]`.
    ///   - numbers: which images these are, as in `evaluate`.
    /// - Throws: `.layer` for the first layer whose range cannot be fitted; `.engine`.
    package func clip(_ quantized: inout QuantizedNetwork, _ images: Tensor, numbers: [Int]) throws(FinetuningError) {
        var clipped = quantized
        var failure: FinetuningError?
        let steps = measures(TrainingBatch(images: images, numbers: numbers), quantized).compactMap {
            quantized.imageThresholds?.step(for: $0)
        }
        do {
            _ = try student.forward(images, variants: quantized.variants(imageSteps: steps)) { [self] node, input in
                guard var layer = clipped.layers[node], layer.hasLowBits, let quantizer = layer.activation(imageStep: 0) else {
                    return
                }
                do throws(QuantizerError) {
                    let histogram = try InputScales.dividing(input, by: layer.inputScales) { (values) throws(QuantizerError) in
                        try Histogram(of: values)
                    }
                    layer.activation?.parameters = BitAwareClipping.parameters(of: quantizer, input: histogram)
                } catch {
                    failure = failure ?? .layer(name: network.nodes[node].name, error)
                }
                clipped.layers[node] = layer
                setQuantizer(node, layer)
            }
        } catch { throw .engine(error) }
        if let failure { throw failure }
        quantized = clipped
    }
}
