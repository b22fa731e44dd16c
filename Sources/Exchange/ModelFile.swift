import Checkpoints
import Networks
import QuantizedNetworks
import Quantizers

/// The srq model file: a safetensors file whose metadata holds the graph, the quantizers and the recipe (docs/model-file.md).
public enum ModelFile {
    static let format = "srq model"
    /// Of the layout. A file of a newer one is refused, every older one is read.
    static let version = 4

    /// The oldest version that can hold a model: only 3 knows snapped ones, and only 4 those whose bits depend on the image or whose weights
    /// are asymmetric, which older libraries would run as something else.
    static func version(of model: ModelContent) -> Int {
        guard let quantized = model.quantized, quantized.isSnapped else { return 2 }
        return quantized.mapsBits || quantized.layers.values.contains { $0.weight.map(isNamed) == true } ? 4 : 3
    }

    /// Metadata keys.
    enum Key {
        static let format = "format"
        static let version = "version"
        /// Of the library that wrote the file; for people.
        static let library = "library"
        static let graph = "graph"
        /// Only in quantized models, as the next one.
        static let recipe = "recipe"
        static let quantization = "quantization"
        /// Only in models whose activation bits depend on the image.
        static let imageThresholds = "image_thresholds"
    }

    /// Members of an element of "quantization".
    enum Member {
        static let layer = "layer"
        static let shape = "shape"
        static let weights = "weights"
        static let activations = "activations"
        static let quantizer = "quantizer"
        static let parameters = "parameters"
        static let deviation = "deviation"
        /// Only where it is another than `ModelFile.unnamedWeightQuantizer`.
        static let weightQuantizer = "weight_quantizer"
        static let measure = "measure"
        static let all: Set<String> = [
            layer, shape, weightQuantizer, weights, activations, quantizer, parameters, deviation, measure,
        ]
    }

    /// Members of "image_thresholds".
    enum ThresholdMember {
        static let lower = "lower"
        static let upper = "upper"
    }

    /// The entry of a layer in float.
    static func weightName(_ layer: String) -> String { layer + ".weight" }
    /// What a quantized layer has instead: packed codes, and ranges, one or one per output channel: u_w of symmetric quantization,
    /// both ends of asymmetric.
    static func codesName(_ layer: String) -> String { layer + ".codes" }
    static func rangeNames(_ layer: String, _ kind: WeightQuantizerKind) -> [String] { kind.savedNames.map { layer + "." + $0 } }

    /// The quantizer of weights that a layer has where the file names none: files of older versions know no other.
    static let unnamedWeightQuantizer = SymmetricWeightQuantizer.name

    /// Whether the file has to name the quantizer of these weights.
    static func isNamed(_ quantizer: any WeightQuantizer) -> Bool { quantizer.name != unnamedWeightQuantizer }

    /// Whether a safetensors file says that it is one of ours, whatever else is wrong with it.
    public static func isModel(_ file: SafeTensors) -> Bool { file.metadata[Key.format] == format }
}
