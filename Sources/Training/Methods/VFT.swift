extension FinetuningMethod {
    /// The paper's comparison, vanilla finetuning: SAFT without the sensitivity-aware loss (docs/baselines.md, "VFT").
    public static let vft = FinetuningMethod(name: "vft", defaults: { $0.sensitivity = false }, losses: Losses.ofThePaper)
}
