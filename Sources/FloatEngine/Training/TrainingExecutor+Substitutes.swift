extension TrainingExecutor {
    /// The convolutions that compute a layer instead of oneDNN's.
    public struct Substitutes: Sendable {
        /// The convolution from the layer's input, which it quantizes, to its result, with the bias.
        public var forward: any RowsConvolution
        /// The convolution from the gradient of the layer's result to that of its quantized input; nil: oneDNN's.
        public var inputGradient: (any RowsConvolution)?
        /// Returns the convolution from the layer's input, which it quantizes, to how its result changes along a tensor like its
        /// weights, whose outputs are in the order that results are stored in; nil: oneDNN's.
        public var along: @Sendable ([Float]) -> (any RowsConvolution)?

        /// Makes a layer's substitutes.
        public init(
            forward: any RowsConvolution, inputGradient: (any RowsConvolution)?,
            along: @escaping @Sendable ([Float]) -> (any RowsConvolution)?
        ) {
            (self.forward, self.inputGradient, self.along) = (forward, inputGradient, along)
        }
    }

    /// Sets what computes a layer from now on; nil: oneDNN. A layer's quantizer and weights still have to be set where oneDNN
    /// computes some of its convolutions, and the quantizer for its gradients.
    public func setSubstitutes(_ substitutes: Substitutes?, node: Int) { self.substitutes[node] = substitutes }
}
