/// A published way to finetune: a name for the recipe and a set of options to start from.
public enum FinetuningMethod: String, Sendable, CaseIterable {
    /// The paper's, sensitivity-aware.
    case saft
    /// The same without the sensitivity-aware loss.
    case vft
    /// PTQ4SR's pixel-aware calibration (facts 4.4): activation ranges in the first half of the run, weight ranges in the second, both
    /// with falling cosine learning rates, against the absolute difference to the float network.
    ///
    /// 10 epochs of batches of 2 are its 250 + 250 steps on 100 images. Its loss also names the distance of attention maps, 5 · A, but the
    /// released code cuts that off from the gradients, and so does this: `attention` = 5 trains with it, as the paper has it.
    case ptq4sr
    /// AdaBM's (facts 4.5), for networks calibrated with it: after its bit-aware clipping weight ranges, activation ranges and what
    /// maps images and layers to bits in turn, with the reconstruction loss on 0…255 (λ = 255), `BlockLoss` and `BitLoss`.
    case adabm
}

extension FinetuningOptions {
    /// The method's own settings.
    public init(method: FinetuningMethod) {
        self.init()
        self.method = method
        switch method {
        case .saft: break
        case .vft: sensitivity = false
        case .ptq4sr:
            sensitivity = false
            lambda = 1
            cycle = [ParameterGroup](repeating: .range, count: 5) + [ParameterGroup](repeating: .weights, count: 5)
            (schedule, decay) = (.cosine, 0.4)
            learningRates = [.range: 5e-3, .weights: 5e-6, .breakpoint: 5e-3]
        case .adabm:
            lambda = 255
            cycle = [.weights, .range, .measures]
            for group in ParameterGroup.allCases { learningRates[group] = 0.01 }
        }
    }
}
