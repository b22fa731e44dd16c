import Images
import Tensors
import Training

extension Model {
    /// Calibrates, finetunes and freezes in one call: post-training quantization as a preset has it. The model itself does not
    /// change.
    ///
    /// - Parameters:
    ///   - images: The patches that the network is calibrated and finetuned on; no ground truth is needed.
    ///   - threads: The number of threads that share the work; nil means one per processor. It never changes a byte of the result.
    ///   - statePath: The file where finetuning is saved after every epoch, and from which it goes on if it is there; nil means
    ///     none.
    ///   - progress: Called on this thread after each image of the calibration, then after each step; false cancels.
    /// - Throws: What `calibrate` and `Quantization.finetune` throw.
    public func ptq(
        images: PatchSet, options: PresetOptions = PresetOptions(), threads: Int? = nil, statePath: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Model {
        if let statePath {
            // Calibration takes minutes; finetuning would say the same after it.
            try sources.joined(with: images).refuseReplacing(by: statePath, what: "the state")
            try wrapping(SuperResolutionError.finetuning) { () throws(FinetuningError) in
                try Finetuner.requireWritable(statePath)
            }
        }
        let recipe = options.preset.recipe(weights: options.weights, activations: options.activations, scope: options.scope)
        var quantization = try calibrate(images: images, recipe: recipe, threads: threads, progress: progress)
        try quantization.finetune(
            images: images, options: options.finetuning(images: images.patches.count), threads: threads, statePath: statePath,
            progress: progress)
        return quantization.freeze(snapping: options.snapping)
    }
}
