/// The primitives of oneDNN, and the weights in its layouts, that one session's convolutions in bands share. Used by one thread at
/// a time.
package final class BandEngine {
    private let library: ConvolutionLibrary
    private let convolutions: [(convolution: FloatConvolution, weights: LayerWeights)]

    /// Makes an engine of these convolutions.
    package init(_ convolutions: [FloatConvolution]) throws(FloatEngineError) {
        library = try ConvolutionLibrary()
        var prepared: [(convolution: FloatConvolution, weights: LayerWeights)] = []
        for convolution in convolutions {
            prepared.append(
                (convolution, try LayerWeights(convolution.weights, bias: convolution.bias, node: convolution.name)))
        }
        self.convolutions = prepared
    }

    /// Returns a convolution on maps of this size.
    /// - Parameter index: the convolution's number in the list that the engine was made with.
    package func bands(_ index: Int, height: Int, width: Int) throws(FloatEngineError) -> ConvolutionBands {
        let (convolution, weights) = convolutions[index]
        return try ConvolutionBands(convolution, weights, height: height, width: width, library)
    }
}
