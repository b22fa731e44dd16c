extension FinetuningMethod {
    /// PTQ4SR's pixel-aware calibration (docs/baselines.md, "Pixel-aware calibration"): it trains activation ranges in the first
    /// half of the run, weight ranges in the second, both with falling cosine learning rates, against the absolute difference to
    /// the float network.
    ///
    /// 10 epochs of batches of 2 are its 250 + 250 steps on 100 images. Its loss also names the distance of attention maps, 5 ·
    /// A, but the released code cuts that off from the gradients, and so does this method: `attention` = 5 trains with it, as the
    /// paper has it.
    public static let ptq4sr = FinetuningMethod(
        name: "ptq4sr",
        defaults: { options in
            options.sensitivity = false
            options.lambda = 1
            options.cycle = [ParameterGroup](repeating: .range, count: 5) + [ParameterGroup](repeating: .weights, count: 5)
            (options.schedule, options.decay) = (.cosine, 0.4)
            options.learningRates = [.range: 5e-3, .weights: 5e-6, .breakpoint: 5e-3]
        },
        losses: Losses.ofThePaper)
}
