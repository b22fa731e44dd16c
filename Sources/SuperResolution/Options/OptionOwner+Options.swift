import FloatEngine
import IntegerEngine
import Machine
import QuantizedNetworks

extension OptionOwner {
    /// The option that every call with threads has.
    static let threads = OptionDescription(
        "threads", .integer(.closed(0, Double(Processors.mostThreads))), default: .integer(0),
        "The number of threads that share the work, which never changes a byte of the result; 0 means one per processor.")

    /// The option that every call with a progress function has.
    static let progress = OptionDescription(
        "progress", .callback, default: .unset("no function"),
        "The function that is told how far the call is and that can cancel it.")

    static let precision = OptionDescription(
        "precision", .choice(Precision.allCases.map(\.rawValue)), default: .unset("\"f32\""),
        "The arithmetic of layers that are not quantized; \"bf16\" needs a processor with AVX512_BF16 and costs accuracy.")

    /// The option of everything that upscales images.
    static let alpha = OptionDescription(
        "alpha", .choice(AlphaEnlargement.allCases.map(\.rawValue)), default: .text(AlphaEnlargement.bicubic.rawValue),
        "How an alpha channel is enlarged: by bicubic interpolation, or with \"network\" by the network where alpha changes.")

    static let arithmetic = OptionDescription(
        "arithmetic", .choice(LayerFormat.allCases.map(\.rawValue)), default: .unset("the fastest that is exact for each layer"),
        "The format that all layers in whole numbers are computed in, with the same result; one that is not exact for a layer is "
            + "refused.")

    static let loading = [
        OptionDescription(
            "res_scale", .number(.finite), default: .unset("0.1 for 256 channels and 32 blocks, else 1"),
            "The factor of EDSR's residual branches."),
        OptionDescription(
            "tanh", field: "tanh_output", .flag, default: .flag(false),
            "Whether the checkpoint is an SRResNet whose output is (tanh(y) + 1) · 127.5."),
        OptionDescription(
            "range", .number(.positive), default: .unset("what the tensor names imply"),
            "The number that stands for white as the network sees it, 1 or 255."),
    ]

    /// The options of drawing calibration patches from images.
    static let drawing = [
        OptionDescription(
            "count", .integer(.fromOne), default: .integer(100),
            "The number of patches; files are used in turn, sorted by name, until there are enough."),
        OptionDescription(
            "patch", .integer(.fromOne), default: .integer(96), "The side of a patch in pixels; smaller images are left out."),
        OptionDescription(
            "seed", .integer(.notNegative), default: .integer(1),
            "The seed of the positions, which are drawn as Python's random.Random(seed).randint draws them."),
        OptionDescription(
            "keep_going", .flag, default: .flag(false), "Whether files that cannot be read are left out instead of an error."),
    ]

    /// The options of freezing a quantization.
    static let freezing = [
        OptionDescription(
            "snapping", .flag, default: .flag(true),
            "Whether activation levels move to integer grids, so that the model computes in whole numbers.")
    ]

    /// The options of quantizing in one call.
    static let presets: [OptionDescription] = {
        let options = PresetOptions()
        return [
            OptionDescription(
                "preset", .choice(Preset.allCases.map(\.rawValue)), default: .text(options.preset.rawValue),
                "What the network is calibrated and finetuned with: \"paper\" is the paper to the letter, \"srq\" loses least."),
            OptionDescription(
                "weights", .integer(.closed(2, 8)), default: .integer(options.weights), unit: "bits", "The bits of the weights."),
            OptionDescription(
                "activations", .integer(.closed(2, 8)), default: .integer(options.activations), unit: "bits",
                "The bits of the activations, at least 3 for \"paper\"."),
            OptionDescription(
                "protocol", .choice(QuantizationProtocol.allCases.map(\.rawValue)), default: .text(options.scope.rawValue),
                "Which layers are quantized: with \"full\" all, the edges at 8 bits; with \"body\" the edges and the body's end "
                    + "stay in float."),
            OptionDescription(
                "steps", .integer(.notNegative), default: .integer(options.steps ?? 0),
                "The number of steps that finetuning takes at least, in whole epochs; 0 means what the preset has."),
            OptionDescription(
                "seed", .integer(.notNegative), default: .integer(options.seed), "The seed of everything that is drawn at random."),
            OptionDescription(
                "snapping", .flag, default: .flag(options.snapping),
                "Whether activation levels move to integer grids, so that the model computes in whole numbers."),
            OptionDescription(
                "state", field: "state_path", .text, default: .unset("nowhere"),
                "The file where finetuning is saved after every epoch, and from which it goes on if it is there."),
            threads, progress,
        ]
    }()

    /// The options of scoring a model on a folder.
    static let evaluating = [
        OptionDescription(
            "shave", .integer(.notNegative), default: .unset("the network's scale"),
            "The number of pixels that are cropped at each side before two images are compared."),
        OptionDescription(
            "patch", .integer(.notNegative), default: .integer(0),
            "The side of the low resolution patches of a patch test in pixels; 0 means whole images."),
        OptionDescription(
            "patch_step", .integer(.notNegative), default: .integer(0),
            "The number of pixels from one patch to the next, at most `patch`; 0 means as far as the patch is long."),
        OptionDescription(
            "keep_going", .flag, default: .flag(false),
            "Whether images that are missing, damaged or of the wrong size are skipped instead of an error."),
        OptionDescription(
            "output", field: "output_folder", .text, default: .unset("nowhere"),
            "The folder where the upscaled images are written."),
        threads, precision, alpha, progress,
    ]

    /// The options of histograms.
    static let counting = [
        OptionDescription(
            "pattern", .text, default: .text("*"), "The pattern of layer names, with * and ?; no match is an error."),
        threads, progress,
    ]
}
