import Networks
import Tensors

/// The functions that stand before a convolution, made ready for the maps that the convolution reads.
extension GraphRunner {
    /// Returns the function of every sample, fitted to the sample's map where it depends on the whole of it; none where there is no
    /// override.
    ///
    /// - Throws: `.input` for a function made for another number of channels.
    func quantizers(
        _ override: ConvolutionOverride?, variants: [Int], input: FeatureMap, node: Int
    ) throws(FloatEngineError) -> [(any ElementwiseFunction)?] {
        guard let override else { return [] }
        var functions = override.inputs(samples: input.shape.samples, choices: variants)
        let shape = input.shape
        for sample in functions.indices {
            if let whole = functions[sample] as? any WholeMapFunction {
                functions[sample] = whole.fitted(
                    to: input.sample(sample), pixels: shape.height * shape.width, channels: shape.channels)
            }
            if let channelwise = functions[sample] as? any ChannelwiseFunction, channelwise.channels != shape.channels {
                throw .input(
                    "\(network.nodes[node].name): its quantizer is made for \(channelwise.channels) channels, not \(shape.channels)"
                )
            }
        }
        return functions
    }
}
