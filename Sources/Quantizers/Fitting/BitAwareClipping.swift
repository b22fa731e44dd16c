/// AdaBM's bit-aware clipping: a range that suits the bits which bit mapping has given a layer (docs/baselines.md, "Bit-aware
/// clipping").
///
/// Both ends are shrunk together by 1 - 0.01 i, i = 0…99, and the range moves halfway towards the one of least squared error.
public enum BitAwareClipping {
    /// The number of ranges that are tried.
    static let candidates = 100
    /// The share of the old range in the new one.
    static let momentum: Float = 0.5

    /// Returns the parameters to go on with.
    /// - Parameters:
    ///   - quantizer: the quantizer with the range as it is, at the bits that the layer is to have. Its parameters other than the
    ///     range's ends stay.
    ///   - histogram: the histogram of the layer's input; a value counts as the middle of its bin (1/2048 of the input's range).
    public static func parameters(of quantizer: some ActivationQuantizer, input histogram: Histogram) -> [Float] {
        let old = quantizer.parameters
        let best = RangeSearch.leastSquaredError(quantizer, candidates: candidates, histogram: histogram)
        return zip(old, best).map { momentum * $0 + (1 - momentum) * $1 }
    }
}
