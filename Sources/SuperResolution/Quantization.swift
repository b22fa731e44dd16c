import Calibration
import Images
import QuantizedNetworks
import Tensors
import Training

/// A network with quantizers on its layers that can still be changed. A value: a copy is an independent quantization.
public struct Quantization: Sendable {
    /// The float model's, for messages.
    public let name: String
    public package(set) var quantized: QuantizedNetwork

    init(name: String, _ quantized: QuantizedNetwork) { (self.name, self.quantized) = (name, quantized) }

    public var recipe: Recipe { quantized.recipe }

    /// Convolutions in execution order, quantized or not.
    public var layers: [LayerDescription] { quantized.network.describedLayers(quantized.layers) }

    /// Sets the bits of every calibrated layer whose name matches a pattern with `*` and `?`. Nothing changes on an error.
    ///
    /// - Parameters: 2…8, or 32 for float, from which a side comes back as calibration left it; nil leaves that side as it is.
    /// - Throws: `.quantization` for other bits or fewer than the quantizer can have, and for a pattern without a match.
    public mutating func setBits(
        matching pattern: String, weights: Int? = nil, activations: Int? = nil
    ) throws(SuperResolutionError) {
        var changed = quantized
        try wrapping(SuperResolutionError.quantization) { () throws(QuantizedNetworkError) in
            try changed.setBits(matching: pattern, weights: weights, activations: activations)
        }
        quantized = changed
    }

    /// Gives the layer `name` these activation levels instead of its quantizer: each activation becomes the nearest of them.
    ///
    /// - Parameter levels: ascending, at most 2^(the layer's activation bits).
    /// - Throws: `.quantization` for a layer that is not there or not quantized, and for other levels. Nothing changes then.
    public mutating func setLevels(_ levels: [Float], layer name: String) throws(SuperResolutionError) {
        var changed = quantized
        try wrapping(SuperResolutionError.quantization) { () throws(QuantizedNetworkError) in
            try changed.setLevels(levels, layer: name)
        }
        quantized = changed
    }

    /// What enters the layers whose name matches a pattern with `*` and `?`, while the float network runs over the images.
    ///
    /// - Parameters:
    ///   - threads: nil means one per processor; never changes a byte of the result.
    ///   - progress: called on this thread; false cancels.
    public func histograms(
        matching pattern: String = "*", images: PatchSet, threads: Int? = nil, progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> [InputHistogram] {
        let pool = try ThreadPool(asked: threads)
        return try wrapping(SuperResolutionError.calibration) { () throws(CalibrationError) in
            try quantized.histograms(matching: pattern, images: images.patches, pool: pool, progress: progress)
        }
    }

    /// Algorithm 1, finetuning phase: trains clipping ranges and breakpoints against the float network. Nothing changes on an
    /// error or a cancel.
    ///
    /// - Parameters:
    ///   - threads: nil means one per processor; never changes a byte of the result.
    ///   - statePath: where the state is saved after every epoch, and resumed from if it is there.
    ///   - progress: called on this thread; false cancels.
    public mutating func finetune(
        images: PatchSet, options: FinetuningOptions = FinetuningOptions(), threads: Int? = nil, statePath: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) {
        let pool = try ThreadPool(asked: threads)
        let current = quantized
        quantized = try wrapping(SuperResolutionError.finetuning) { () throws(FinetuningError) in
            try Finetuner(options: options, pool: pool, statePath: statePath)
                .finetune(current, images: images.patches, progress: progress)
        }
    }

    /// A model of its own, whose quantized weights are what their codes stand for.
    ///
    /// - Parameter snapping: moves activation levels to integer grids, and simulates, to the last bit, a network that computes in
    ///   integers; `Model.layersInFloat` tells which quantized layers do not. Where bits depend on the image, levels move when they are known.
    public func freeze(snapping: Bool = false) -> Model {
        let quantized = snapping ? quantized.snapped() : quantized
        var frozen = quantized.network
        for (index, layer) in quantized.layers {
            guard case .convolution(var convolution) = frozen.nodes[index].operation, let weight = layer.weight else { continue }
            convolution.weight.values = weight.apply(convolution.weight.values)
            frozen.nodes[index].operation = .convolution(convolution)
        }
        let layers = quantized.layers.compactMapValues { layer -> LayerQuantization? in
            guard layer.isQuantized else { return nil }
            var layer = layer
            layer.statistics = nil
            return layer
        }
        return Model(
            name: name,
            .quantized(
                QuantizedNetwork(
                    network: frozen, layers: layers, recipe: quantized.recipe, imageThresholds: quantized.imageThresholds)))
    }
}
