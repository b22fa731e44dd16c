extension FinetuningMethod {
    /// The training of the "srq" preset: all parameters at once, the student's own weights among them, against the float network's
    /// output and the outputs of its residual blocks. There is no ground truth.
    ///
    /// All choices were made on training pictures (docs/accuracy.md). Steps are relative to the parameters' sizes, so that one rate
    /// fits ranges of hundreds and of hundredths; rates fall along half a cosine over the whole run. Every step draws patches of
    /// 48×48 from its images: 300 steps take some minutes, and are 6 epochs of batches of 2 on 100 images.
    public static let srq = FinetuningMethod(
        name: "srq", groups: [.weights, .range, .breakpoint, .biases],
        defaults: { options in
            (options.epochs, options.batch, options.patch) = (6, 2, 48)
            options.student = .free
            options.cycle = [.joint([.weights, .range, .breakpoint, .biases])]
            (options.schedule, options.decay, options.relative) = (.cosine, 0.01, true)
            options.lambda = 255
            options.learningRates = [
                .weights: 3e-3, .range: 3e-3, .breakpoint: 3e-3, .measures: 0.01, .latent: 1e-3, .biases: 3e-3, .rounding: 0.1,
            ]
        },
        losses: { (run) throws(FinetuningError) in
            var losses = Losses(output: [ReconstructionLoss(run)])
            if run.options.sensitivity { losses.features.append(RelativeDistanceLoss(run)) }
            if run.options.attention > 0 { losses.features.append(try AttentionLoss(run)) }
            return losses
        })
}
