extension FinetuningMethod {
    /// The paper's method, sensitivity-aware finetuning: Eq. (5) with the loss on features of Eq. (6).
    public static let saft = FinetuningMethod(name: "saft", losses: Losses.ofThePaper)
}

extension Losses {
    /// L = L_sen + λ · L_rec, where options can leave out either part and add PTQ4SR's distance of attention maps.
    static func ofThePaper(_ run: RunDescription) throws(FinetuningError) -> Losses {
        var losses = Losses(output: [ReconstructionLoss(run)])
        if run.options.sensitivity { losses.features.append(SensitivityLoss(run)) }
        if run.options.attention > 0 { losses.features.append(try AttentionLoss(run)) }
        return losses
    }
}
