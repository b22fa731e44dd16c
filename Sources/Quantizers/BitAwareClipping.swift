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
        let names = type(of: quantizer).parameterNames
        let ends = names.indices.filter { names[$0] == "lower" || names[$0] == "upper" }
        let old = quantizer.parameters
        var best = (error: Double.infinity, parameters: old)
        for candidate in 0..<candidates {
            var shrunk = quantizer
            let ratio = 1 - 0.01 * Float(candidate)
            var parameters = old
            for end in ends { parameters[end] = old[end] * ratio }
            shrunk.parameters = parameters
            let error = histogram.squaredError(of: shrunk)
            if error < best.error { best = (error, parameters) }
        }
        return zip(old, best.parameters).map { momentum * $0 + (1 - momentum) * $1 }
    }
}
