extension TrainingExecutor {
    /// What computes a layer's convolutions instead of oneDNN.
    public struct Substitutes: Sendable {
        /// From the layer's input, which it quantizes, to its result, with the bias.
        public var forward: any RowsConvolution
        /// From the gradient of the layer's result to that of its quantized input; nil: oneDNN.
        public var inputGradient: (any RowsConvolution)?
        /// From the layer's input, which it quantizes, to how its result changes along a tensor like its weights, in the order that
        /// results are stored in; nil: oneDNN.
        public var along: @Sendable ([Float]) -> (any RowsConvolution)?

        public init(
            forward: any RowsConvolution, inputGradient: (any RowsConvolution)?,
            along: @escaping @Sendable ([Float]) -> (any RowsConvolution)?
        ) {
            (self.forward, self.inputGradient, self.along) = (forward, inputGradient, along)
        }
    }

    /// From now on. A layer's quantizer and weights still have to be set where oneDNN computes some of its convolutions, and the
    /// quantizer for its gradients.
    public func setSubstitutes(_ substitutes: Substitutes?, node: Int) { self.substitutes[node] = substitutes }
}
