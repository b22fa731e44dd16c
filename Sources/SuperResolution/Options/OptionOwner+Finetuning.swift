import QuantizedNetworks
import Training

extension OptionOwner {
    /// The options of finetuning with the defaults of "saft". `method` comes first, because all others refine its settings.
    static let finetuning: [OptionDescription] = {
        let saft = FinetuningOptions()
        let groups = ParameterGroup.all.map(\.rawValue)
        return [
            OptionDescription(
                "method", .choice(FinetuningMethods.standard.names),
                default: .unset("\"saft\", or \"vft\" without the sensitivity-aware loss"),
                "The method, whose settings become the defaults of the other options in Lua and Python; C has "
                    + "srq_finetune_options_init_method for that."),
            OptionDescription(
                "lambda", .number(.notNegative), default: .number(saft.lambda), "The weight of the reconstruction loss, Eq. 5."),
            OptionDescription(
                "epochs", .integer(.notNegative), default: .integer(saft.epochs), "The number of passes over the images."),
            OptionDescription(
                "batch", .integer(.fromOne), default: .integer(saft.batch), "The number of images of one step."),
        ] + ParameterGroup.all.map { rate($0, saft) } + [
            OptionDescription(
                "lr.image", field: "learning_rate_image", .number(.notNegative), default: .number(saft.imageLearningRate),
                "Adam's learning rate of AdaBM's image thresholds."),
            OptionDescription(
                "schedule", .choice(LearningRateSchedule.allCases.map(\.rawValue)), default: .text(saft.schedule.rawValue),
                "How learning rates fall: \"decay\" after each epoch of a group, \"cosine\" along half a cosine over all its steps."
            ),
            OptionDescription(
                "decay", .number(OptionBounds(0, 1, excludesLower: true)), default: .number(saft.decay),
                "The factor of a group's learning rate after each of its epochs, or with \"cosine\" over the whole run."),
            OptionDescription(
                "cycle", .list(groups), default: .text(saft.cycle.map(\.rawValue).joined(separator: ",")),
                "The groups of parameters that epochs train in turn, several at once with + between them."),
            OptionDescription(
                "terms.reconstruction", field: "reconstruction", .flag, default: .flag(saft.reconstruction),
                "Whether the reconstruction loss takes part."),
            OptionDescription(
                "terms.attention", field: "attention", .number(.notNegative), default: .number(saft.attention),
                "The weight of PTQ4SR's distance between attention maps; 0 leaves it out."),
            OptionDescription(
                "terms.sensitivity", field: "sensitivity", .flag, default: .flag(saft.sensitivity),
                "Whether the loss on features takes part: the sensitivity-aware one, Eq. 6, or with \"adabm\" that on residual "
                    + "blocks."
            ),
            OptionDescription(
                "temperature", .number(.positive), default: .number(saft.temperature),
                "The temperature of the softmax over the layers' sensitivities, Eq. 4."),
            OptionDescription(
                "relative", .flag, default: .flag(saft.relative),
                "Whether factors of the parameters are learned instead of the parameters."),
            OptionDescription(
                "snapping", .flag, default: .flag(saft.snapping),
                "Whether activation levels lie on the grids where freezing would put them while the parameters move freely; "
                    + "not for \"adabm\"."),
            OptionDescription(
                "integers", .flag, default: .flag(saft.integers),
                "Whether snapped layers are computed in whole numbers, gradients rounded to about nine bits: two to three times "
                    + "as fast."
            ),
            OptionDescription(
                "student", .choice(StudentWeights.allCases.map(\.rawValue)), default: .text(saft.student.rawValue),
                "What becomes of the network's own weights: they stay \"frozen\", \"rounding\" to the level below or above is "
                    + "learned, or they are \"free\" to move."),
            OptionDescription(
                "patch", .integer(.notNegative), default: .integer(saft.patch),
                "The side in pixels of the patches that every step draws from its images; 0 means whole images."),
            OptionDescription(
                "drop", .number(.share), default: .number(saft.drop),
                "The share of activations that every step leaves unquantized at random."),
            OptionDescription(
                "seed", .integer(.notNegative), default: .integer(saft.seed), "The seed of the order of the images."),
            OptionDescription(
                "state", field: "state_path", .text, default: .unset("nowhere"),
                "The file where the state is saved after every epoch, and from which a run goes on if it is there."),
            threads, progress,
        ]
    }()

    /// Returns the option that sets the learning rate of a group of parameters, with the default of "saft".
    private static func rate(_ group: ParameterGroup, _ saft: FinetuningOptions) -> OptionDescription {
        let parameters =
            switch group.rawValue {
            case "weights": "the weights' ranges"
            case "range": "the activations' ranges"
            case "breakpoint": "the breakpoints"
            case "measures": "AdaBM's m of the layers"
            case "latent": "the network's weights, where they are free"
            case "biases": "the network's biases"
            case "rounding": "AdaRound's V, where rounding is learned"
            default: "the group \"\(group.rawValue)\""
            }
        return OptionDescription(
            "lr.\(group.rawValue)", field: "learning_rate_\(group.rawValue)", .number(.notNegative),
            default: .number(saft.learningRates[group] ?? 0), "Adam's learning rate of \(parameters).")
    }
}
