import Calibration
import Files
import Images
import Networks
import QuantizedNetworks
import Tensors
import Training

/// A network with quantizers on its layers that can still be changed. A value: a copy is an independent quantization.
public struct Quantization: Sendable {
    /// The name of the float model, for messages.
    public let name: String
    /// The files that the quantization was made from; `Model.sources` says more.
    private(set) var sources: [InputFile]
    /// What the finetuning runs took, in their order. It is not part of models: the same run gives the same bytes, however long it
    /// took and however often it was interrupted.
    public private(set) var finetuning: [FinetuningReport] = []
    /// The network with its quantizers as they are now. Its weights are in float: those of `float`, unless calibration or
    /// finetuning changed them.
    public package(set) var quantized: QuantizedNetwork
    /// The float network that `quantized` is compared with: the teacher of every finetuning run.
    private let float: Network

    /// Makes a quantization of a quantized network whose weights are in float, beside the float network that it approximates.
    init(name: String, sources: [InputFile] = [], _ quantized: QuantizedNetwork, float: Network) {
        (self.name, self.sources, self.quantized, self.float) = (name, sources, quantized, float)
    }

    /// The record of how the quantization was calibrated and finetuned.
    public var recipe: Recipe { quantized.recipe }

    /// The descriptions of all convolutions, quantized or not, in execution order.
    public var layers: [LayerDescription] { quantized.network.describedLayers(quantized.layers) }

    /// Sets the bits of every calibrated layer whose name matches a pattern with `*` and `?`. Nothing changes on an error.
    ///
    /// Edge cases: a side that comes back from float has the ranges that calibration gave it.
    /// - Parameters:
    ///   - weights: 2…8, or 32 for float; nil leaves the weights as they are.
    ///   - activations: 2…8, or 32 for float; nil leaves the activations as they are.
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
    /// - Parameter levels: The levels in ascending order, at most 2^(the layer's activation bits).
    /// - Throws: `.quantization` for a layer that is not there or not quantized, and for other levels. Nothing changes then.
    public mutating func setLevels(_ levels: [Float], layer name: String) throws(SuperResolutionError) {
        var changed = quantized
        try wrapping(SuperResolutionError.quantization) { () throws(QuantizedNetworkError) in
            try changed.setLevels(levels, layer: name)
        }
        quantized = changed
    }

    /// Returns histograms of what enters the layers whose name matches a pattern with `*` and `?`, while the float network runs
    /// over the images: twice, for the ranges and for the counts. There is one per layer, in execution order.
    ///
    /// - Parameters:
    ///   - threads: The number of threads that share the work; nil means one per processor. It never changes a byte of the result.
    ///   - progress: Called on this thread after each image; false cancels.
    public func histograms(
        matching pattern: String = "*", images: PatchSet, threads: Int? = nil, progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> [InputHistogram] {
        let pool = try ThreadPool(asked: threads)
        var calibrated = quantized
        calibrated.network = float
        return try wrapping(SuperResolutionError.calibration) { () throws(CalibrationError) in
            try calibrated.histograms(matching: pattern, images: images.patches, pool: pool, progress: progress)
        }
    }

    /// Trains clipping ranges and breakpoints against the float network, and the network's own weights and biases where the
    /// options say so: the finetuning phase of Algorithm 1 (docs/method.md, "Finetuning"). The quantization does not change on
    /// an error or a cancel.
    ///
    /// - Parameters:
    ///   - threads: The number of threads that share the work; nil means one per processor. It never changes a byte of the result.
    ///   - statePath: The file where the state is saved after every epoch, and from which the run goes on if it is there; nil
    ///     means none.
    ///   - progress: Called on this thread after each step; false cancels.
    public mutating func finetune(
        images: PatchSet, options: FinetuningOptions = FinetuningOptions(), threads: Int? = nil, statePath: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) {
        let pool = try ThreadPool(asked: threads)
        let current = quantized
        let inputs = sources.joined(with: images)
        if let statePath { try inputs.refuseReplacing(by: statePath, what: "the state") }
        var report = FinetuningReport()
        quantized = try wrapping(SuperResolutionError.finetuning) { () throws(FinetuningError) in
            try Finetuner(options: options, pool: pool, statePath: statePath)
                .finetune(
                    current, images: images.patches, target: .teacher(float), report: &report, progress: progress)
        }
        sources = inputs
        finetuning.append(report)
    }

    /// Returns a model whose quantized weights are what their codes stand for. The quantization does not change.
    ///
    /// - Parameter snapping: Whether activation levels move to integer grids, so that the model can run in integers;
    ///   `Model.layersInFloat` tells which quantized layers cannot. Where bits depend on the image, the levels of each number
    ///   of bits move by themselves.
    public func freeze(snapping: Bool = false) -> Model {
        let quantized = snapping ? quantized.snapped() : quantized
        var frozen = quantized.network
        for (index, layer) in quantized.layers {
            guard case .convolution(var convolution) = frozen.nodes[index].operation,
                let weights = layer.frozenWeights(of: convolution)
            else { continue }
            convolution.weight.values = weights
            frozen.nodes[index].operation = .convolution(convolution)
        }
        let layers = quantized.layers.compactMapValues { layer -> LayerQuantization? in
            guard layer.isQuantized else { return nil }
            var layer = layer
            layer.statistics = nil
            return layer
        }
        return Model(
            name: name, sources: sources,
            .quantized(
                QuantizedNetwork(
                    network: frozen, layers: layers, recipe: quantized.recipe, imageThresholds: quantized.imageThresholds)))
    }
}
