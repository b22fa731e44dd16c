extension FinetuningMethod {
    /// The paper's method, sensitivity-aware finetuning: the sum of Eq. (7), the reconstruction loss and the loss on features of
    /// Eq. (6).
    public static let saft = FinetuningMethod(name: "saft", losses: Losses.ofThePaper)
}

extension Losses {
    /// Makes the terms of L = L_sen + λ · L_rec (Eq. 7), where options can leave out either part and add PTQ4SR's distance of
    /// attention maps.
    /// - Throws: `.option` for attention in a network without residual blocks.
    static func ofThePaper(_ run: RunDescription) throws(FinetuningError) -> Losses {
        var losses = Losses(output: [ReconstructionLoss(run)])
        if run.options.sensitivity { losses.features.append(SensitivityLoss(run)) }
        if run.options.attention > 0 { losses.features.append(try AttentionLoss(run)) }
        return losses
    }
}
