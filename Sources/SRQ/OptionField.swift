import CSRQ
import SuperResolution

/// The place of an option in its struct of options, in bytes from the beginning, and its type there.
struct OptionField {
    let name: String
    let offset: UInt32
    let type: srq_option_type

    /// Makes the description of a field; its type follows from the Swift type that it is imported as.
    init<Options, Value>(_ name: String, _ path: KeyPath<Options, Value>) {
        self.name = name
        // A struct that is imported from C stores every field.
        offset = UInt32(MemoryLayout<Options>.offset(of: path) ?? 0)
        type =
            switch Value.self {
            case is UInt32.Type: SRQ_OPTION_UINT32
            case is UInt64.Type: SRQ_OPTION_UINT64
            case is Int32.Type: SRQ_OPTION_FLAG
            case is Float.Type: SRQ_OPTION_FLOAT
            case is UnsafePointer<CChar>?.Type: SRQ_OPTION_TEXT
            default: SRQ_OPTION_FUNCTION
            }
    }
}

extension OptionOwner {
    /// Returns the field of this name in the call's struct of options, or nil if there is none.
    func field(_ name: String) -> OptionField? { fields.first { $0.name == name } }

    /// The fields of the call's struct of options that are options; a test holds them against the header.
    private var fields: [OptionField] {
        switch self {
        case .load:
            [
                OptionField("tanh_output", \srq_load_options.tanh_output), OptionField("res_scale", \srq_load_options.res_scale),
                OptionField("range", \srq_load_options.range),
            ]
        case .images:
            [
                OptionField("count", \srq_images_options.count), OptionField("patch", \srq_images_options.patch),
                OptionField("seed", \srq_images_options.seed), OptionField("keep_going", \srq_images_options.keep_going),
            ]
        case .calibrate: Self.calibrationFields
        case .finetune: Self.finetuningFields
        case .quantize: [OptionField("snapping", \srq_quantize_options.snapping)]
        case .ptq: Self.presetFields
        case .session:
            [
                OptionField("threads", \srq_session_options.threads), OptionField("precision", \srq_session_options.precision),
                OptionField("alpha", \srq_session_options.alpha), OptionField("arithmetic", \srq_session_options.arithmetic),
            ]
        case .evaluate:
            [
                OptionField("shave", \srq_evaluation_options.shave), OptionField("threads", \srq_evaluation_options.threads),
                OptionField("output_folder", \srq_evaluation_options.output_folder),
                OptionField("progress", \srq_evaluation_options.progress), OptionField("patch", \srq_evaluation_options.patch),
                OptionField("patch_step", \srq_evaluation_options.patch_step),
                OptionField("keep_going", \srq_evaluation_options.keep_going),
                OptionField("precision", \srq_evaluation_options.precision),
                OptionField("alpha", \srq_evaluation_options.alpha),
            ]
        case .histograms:
            [
                OptionField("threads", \srq_histogram_options.threads), OptionField("pattern", \srq_histogram_options.pattern),
                OptionField("progress", \srq_histogram_options.progress),
            ]
        }
    }

    private static var presetFields: [OptionField] {
        [
            OptionField("preset", \srq_ptq_options.preset), OptionField("weights", \srq_ptq_options.weights),
            OptionField("activations", \srq_ptq_options.activations), OptionField("protocol", \srq_ptq_options.protocol),
            OptionField("steps", \srq_ptq_options.steps), OptionField("seed", \srq_ptq_options.seed),
            OptionField("snapping", \srq_ptq_options.snapping), OptionField("state_path", \srq_ptq_options.state_path),
            OptionField("threads", \srq_ptq_options.threads), OptionField("progress", \srq_ptq_options.progress),
        ]
    }

    private static var calibrationFields: [OptionField] {
        [
            OptionField("weights", \srq_calibration_options.weights),
            OptionField("activations", \srq_calibration_options.activations),
            OptionField("batch", \srq_calibration_options.batch), OptionField("quantizer", \srq_calibration_options.quantizer),
            OptionField("protocol", \srq_calibration_options.protocol),
            OptionField("breakpoint", \srq_calibration_options.breakpoint),
            OptionField("momentum", \srq_calibration_options.momentum),
            OptionField("percentile", \srq_calibration_options.percentile),
            OptionField("per_channel", \srq_calibration_options.per_channel),
            OptionField("threads", \srq_calibration_options.threads), OptionField("progress", \srq_calibration_options.progress),
            OptionField("weight_range", \srq_calibration_options.weight_range),
            OptionField("range_percentile", \srq_calibration_options.range_percentile),
            OptionField("clipped_share", \srq_calibration_options.clipped_share),
            OptionField("clipped_share_8bit", \srq_calibration_options.clipped_share_8bit),
            OptionField("input_scales", \srq_calibration_options.input_scales),
            OptionField("equalisation", \srq_calibration_options.equalisation),
            OptionField("scale_power", \srq_calibration_options.scale_power),
            OptionField("bias_correction", \srq_calibration_options.bias_correction),
        ]
    }

    private static var finetuningFields: [OptionField] {
        [
            OptionField("epochs", \srq_finetune_options.epochs), OptionField("batch", \srq_finetune_options.batch),
            OptionField("threads", \srq_finetune_options.threads), OptionField("cycle", \srq_finetune_options.cycle),
            OptionField("lambda", \srq_finetune_options.lambda),
            OptionField("learning_rate_weights", \srq_finetune_options.learning_rate_weights),
            OptionField("learning_rate_range", \srq_finetune_options.learning_rate_range),
            OptionField("learning_rate_breakpoint", \srq_finetune_options.learning_rate_breakpoint),
            OptionField("decay", \srq_finetune_options.decay),
            OptionField("reconstruction", \srq_finetune_options.reconstruction),
            OptionField("sensitivity", \srq_finetune_options.sensitivity),
            OptionField("temperature", \srq_finetune_options.temperature),
            OptionField("relative", \srq_finetune_options.relative), OptionField("seed", \srq_finetune_options.seed),
            OptionField("state_path", \srq_finetune_options.state_path), OptionField("progress", \srq_finetune_options.progress),
            OptionField("method", \srq_finetune_options.method), OptionField("schedule", \srq_finetune_options.schedule),
            OptionField("attention", \srq_finetune_options.attention),
            OptionField("learning_rate_measures", \srq_finetune_options.learning_rate_measures),
            OptionField("learning_rate_image", \srq_finetune_options.learning_rate_image),
            OptionField("snapping", \srq_finetune_options.snapping), OptionField("integers", \srq_finetune_options.integers),
            OptionField("student", \srq_finetune_options.student), OptionField("patch", \srq_finetune_options.patch),
            OptionField("drop", \srq_finetune_options.drop),
            OptionField("learning_rate_latent", \srq_finetune_options.learning_rate_latent),
            OptionField("learning_rate_biases", \srq_finetune_options.learning_rate_biases),
            OptionField("learning_rate_rounding", \srq_finetune_options.learning_rate_rounding),
        ]
    }
}
