import Checkpoints
import Networks
import QuantizedNetworks
import Quantizers

/// The srq model file: a safetensors file whose metadata holds the graph, the quantizers and the recipe (docs/model-file.md).
public enum ModelFile {
    /// The text under `Key.format`, by which a model file is told from any other safetensors file.
    static let format = "srq model"
    /// The newest version of the layout. A file of a newer one is refused, a file of any older one is read.
    static let version = 5

    /// Returns the oldest version that can hold a model: 2 for a model that is not snapped, 3 for a snapped one, 4 for a
    /// snapped one whose bits depend on the image or whose weights are asymmetric, 5 for one whose input channels have scales
    /// or whose quantizers came with that version. An older library would run such a model as something else, or not know what it
    /// is, so it has to see a version that it refuses.
    static func version(of model: ModelContent) -> Int {
        if model.quantized?.layers.values.contains(where: needsVersion5) == true { return 5 }
        guard let quantized = model.quantized, quantized.isSnapped else { return 2 }
        return quantized.mapsBits || quantized.layers.values.contains { $0.weight.map(isNamed) == true } ? 4 : 3
    }

    private static func needsVersion5(_ layer: LayerQuantization) -> Bool {
        layer.inputScales != nil || layer.activation.map { ["uniform", "codebook"].contains($0.name) } == true
    }

    /// The keys of the file's metadata.
    enum Key {
        static let format = "format"
        static let version = "version"
        /// The key of the version of the library that wrote the file, as text for people; nothing depends on it.
        static let library = "library"
        static let graph = "graph"
        /// The key of the recipe, which only quantized models have.
        static let recipe = "recipe"
        /// The key of the list of quantized layers, which only quantized models have.
        static let quantization = "quantization"
        /// The key of the image thresholds, which only models have whose activation bits depend on the image.
        static let imageThresholds = "image_thresholds"
        /// The key of the checksum, which files from before there was one lack.
        static let checksum = SafeTensors.checksumKey
        /// All keys. Any other is a damaged one, or asks for something that this library does not know.
        static let all: Set<String> = [format, version, library, graph, recipe, quantization, imageThresholds, checksum]
    }

    /// The members of an element of "quantization", which describes one layer.
    enum Member {
        static let layer = "layer"
        static let shape = "shape"
        static let weights = "weights"
        static let activations = "activations"
        static let quantizer = "quantizer"
        static let parameters = "parameters"
        static let deviation = "deviation"
        /// The name of the weights' quantizer, which is there only if it is another than `ModelFile.unnamedWeightQuantizer`.
        static let weightQuantizer = "weight_quantizer"
        static let measure = "measure"
        /// Whether the file has an entry with the factors of the layer's input channels; absent where it has not.
        static let inputFactors = "input_factors"
        static let all: Set<String> = [
            layer, shape, weightQuantizer, weights, activations, quantizer, parameters, deviation, measure,
            inputFactors,
        ]
    }

    /// The members of "image_thresholds".
    enum ThresholdMember {
        static let lower = "lower"
        static let upper = "upper"
    }

    /// Returns the name of the entry that holds a layer's weights if they are in float.
    static func weightName(_ layer: String) -> String { layer + ".weight" }
    /// Returns the name of the entry that holds a layer's packed codes if its weights are quantized.
    static func codesName(_ layer: String) -> String { layer + ".codes" }
    /// Returns the name of the entry that holds the factors which a layer's input channels are multiplied by, if it has any.
    static func factorsName(_ layer: String) -> String { layer + ".input_factors" }
    /// Returns the names of the entries that hold a layer's weight ranges: u_w of symmetric quantization, both ends of an
    /// asymmetric range. Each entry has one number, or one per output channel.
    static func rangeNames(_ layer: String, _ kind: WeightQuantizerKind) -> [String] { kind.savedNames.map { layer + "." + $0 } }

    /// The quantizer of weights that a layer has if the file names none: files of older versions know no other.
    static let unnamedWeightQuantizer = SymmetricWeightQuantizer.name

    /// Whether the file has to name the quantizer of these weights.
    static func isNamed(_ quantizer: any WeightQuantizer) -> Bool { quantizer.name != unnamedWeightQuantizer }

    /// Whether a safetensors file says that it is a model file, whatever else may be wrong with it.
    public static func isModel(_ file: SafeTensors) -> Bool { file.metadata[Key.format] == format }
}
