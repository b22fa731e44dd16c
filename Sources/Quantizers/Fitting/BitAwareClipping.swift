/// AdaBM's bit-aware clipping (facts 4.5): a range that suits the bits a layer has come to.
///
/// Both ends are shrunk together by 1 - 0.01 i, i = 0…99; the range goes halfway to the one of least squared error.
public enum BitAwareClipping {
    static let candidates = 100
    /// Of the old range in the new one.
    static let momentum: Float = 0.5

    /// - Parameters:
    ///   - quantizer: with the range as it is, at the bits that the layer is to have. Other parameters than the range's ends
    ///     stay.
    ///   - histogram: of the layer's input; a value counts as the middle of its bin (1/2048 of the input's range).
    /// - Returns: the parameters to go on with.
    public static func parameters(of quantizer: some ActivationQuantizer, input histogram: Histogram) -> [Float] {
        let old = quantizer.parameters
        let best = RangeSearch.leastSquaredError(quantizer, candidates: candidates, histogram: histogram)
        return zip(old, best).map { momentum * $0 + (1 - momentum) * $1 }
    }
}
