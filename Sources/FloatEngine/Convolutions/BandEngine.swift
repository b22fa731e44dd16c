/// What one session's convolutions in bands share: oneDNN's primitives, and weights in its layouts.
package final class BandEngine {
    private let library: ConvolutionLibrary
    private let convolutions: [(convolution: FloatConvolution, weights: LayerWeights)]

    package init(_ convolutions: [FloatConvolution]) throws(FloatEngineError) {
        library = try ConvolutionLibrary()
        var prepared: [(convolution: FloatConvolution, weights: LayerWeights)] = []
        for convolution in convolutions {
            prepared.append(
                (convolution, try LayerWeights(convolution.weights, bias: convolution.bias, node: convolution.name)))
        }
        self.convolutions = prepared
    }

    /// - Parameter index: of a convolution that it was made with.
    package func bands(_ index: Int, height: Int, width: Int) throws(FloatEngineError) -> ConvolutionBands {
        let (convolution, weights) = convolutions[index]
        return try ConvolutionBands(convolution, weights, height: height, width: width, library)
    }
}
