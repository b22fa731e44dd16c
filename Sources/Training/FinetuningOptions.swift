import Checkpoints
import Glibc

/// Everything that decides what finetuning does (docs/options.md, "finetune"). The defaults are those of a method, and without
/// one the paper's.
public struct FinetuningOptions: Sendable, Equatable {
    /// The method, which decides on the losses and on the name in the recipe; nil: "saft" or "vft", as `sensitivity` says. A
    /// method's settings come with `init(method:)` alone.
    public var method: FinetuningMethod?
    /// How many times the run goes through all images.
    public var epochs = 10
    /// How many images a step looks at; the last step of an epoch may have fewer.
    public var batch = 2
    /// The groups that epochs train, in turn; a joint group is several at once. Groups without a parameter in the network are left
    /// out.
    public var cycle: [ParameterGroup] = [.weights, .range, .breakpoint]
    /// What may become of the student's own weights. Unless `cycle` says when, every epoch trains them too. The option is not
    /// called "weights": calibration's bits of the weights are, and so is the group of their ranges.
    public var student = StudentWeights.frozen
    /// The side of the square patches that every step draws from its images, in pixels; 0: whole images. Sides of images that are
    /// no longer are taken whole.
    public var patch = 0
    /// The share of activations that are left unquantized at random in every step, 0 ..< 1 (QDrop).
    public var drop: Float = 0
    /// The factor λ of the reconstruction loss, which is on a 0…1 scale (Eq. 5).
    public var lambda: Float = 5
    /// Adam's first learning rate for each group.
    public var learningRates: [ParameterGroup: Float] = [
        .weights: 1e-3, .range: 1e-3, .breakpoint: 1e-3, .measures: 0.01, .latent: 1e-4, .biases: 1e-3, .rounding: 0.01,
    ]
    /// Adam's first learning rate for the image thresholds, which are in the group of the measures.
    public var imageLearningRate: Float = 0.1
    /// The way in which learning rates fall.
    public var schedule = LearningRateSchedule.decay
    /// The factor of a group's learning rate after each of its epochs, or over the whole run, as `schedule` says; in (0, 1].
    public var decay: Float = 0.9
    /// Whether the reconstruction loss takes part.
    public var reconstruction = true
    /// Whether the loss on features takes part: of Eq. (6) in SAFT, of the residual blocks in AdaBM.
    public var sensitivity = true
    /// The factor of PTQ4SR's distance between attention maps of the residual blocks; 0: it takes no part.
    public var attention: Float = 0
    /// The number that divides the deviations in the softmax of Eq. (4); 1 is the paper (docs/method.md, "Sensitivity").
    public var temperature: Float = 1
    /// Whether factors of the parameters are learned instead of the parameters: a step is then `learning rate · |parameter at the
    /// start|`, since ranges of hundreds hardly move at 0.001 a step (docs/method.md, "Finetuning").
    public var relative = false
    /// Whether activation levels lie on integer grids while training, where freezing would put them; the parameters themselves
    /// move freely.
    public var snapping = false
    /// Whether what can be is computed in whole numbers, on the grids of `snapping`: convolutions exactly, gradients rounded to
    /// about nine bits. This is faster (docs/integers.md, "Finetuning in whole numbers").
    public var integers = false
    /// The seed of the order of the images.
    public var seed: UInt64 = 1

    /// Makes the paper's options.
    public init() {}

    /// Makes the settings of a method.
    public init(method: FinetuningMethod) {
        self.init()
        self.method = method
        method.setDefaults(&self)
    }

    /// The method that a run has, named or not.
    var actualMethod: FinetuningMethod { method ?? (sensitivity ? .saft : .vft) }

    /// What the run's epochs train in turn: the groups of the cycle, and with them the student's weights, unless the cycle says
    /// when these are trained.
    var trainedCycle: [ParameterGroup] {
        guard let own = student.group, !cycle.contains(where: { $0.parts.contains(own) }) else { return cycle }
        return cycle.map { .joint([$0, own]) }
    }

    /// The groups whose parameters a run keeps: the standard ones, and what else the cycle trains.
    var groups: [ParameterGroup] {
        var groups = ParameterGroup.standard
        for group in trainedCycle.flatMap(\.parts) where !groups.contains(group) { groups.append(group) }
        return groups
    }

    /// Returns the groups of a cycle such as "weights,range+breakpoint"; spaces around the names are allowed.
    /// - Throws: `.option` for a name that is no group's.
    public static func cycle(_ text: String) throws(FinetuningError) -> [ParameterGroup] {
        var cycle: [ParameterGroup] = []
        for entry in text.split(separator: ",", omittingEmptySubsequences: false) {
            var groups: [ParameterGroup] = []
            for part in entry.split(separator: "+", omittingEmptySubsequences: false) {
                let name = String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                guard let group = ParameterGroup.named(name) else {
                    let known = ParameterGroup.all.map(\.rawValue).joined(separator: ", ")
                    throw .option("cycle: unknown group '\(name)'; known are \(known), and several at once with + between them")
                }
                groups.append(group)
            }
            cycle.append(.joint(groups))
        }
        return cycle
    }

    /// Returns the first learning rate of a parameter; 0 for a group that has none.
    func learningRate(of parameter: TrainableParameter) -> Float {
        switch parameter.learningRate {
        case .group: learningRates[parameter.group] ?? 0
        case .image: imageLearningRate
        }
    }

    /// Whether levels lie on grids while training.
    var isSnapped: Bool { snapping || integers }

    /// Returns the options themselves if a run can have them.
    /// - Throws: `.option`, with the name and value of the first that is outside its range, or with the reason of the method.
    func validated() throws(FinetuningError) -> FinetuningOptions {
        guard epochs >= 0 else { throw .option("epochs: \(epochs) is negative") }
        guard batch >= 1 else { throw .option("batch: \(batch) is less than 1") }
        guard !cycle.isEmpty else { throw .option("cycle: names no parameter group") }
        guard patch >= 0 else { throw .option("patch: \(patch) is negative") }
        guard drop >= 0, drop < 1 else { throw .option("drop: \(drop) is outside 0..<1") }
        guard drop == 0 || !integers else {
            throw .option("drop: numbers that are left unquantized cannot be computed as integers; leave out drop or integers")
        }
        for weights in StudentWeights.allCases where weights != student {
            guard let own = weights.group, cycle.contains(where: { $0.parts.contains(own) }) else { continue }
            throw .option(
                "cycle: \(own.rawValue) is for student = \"\(weights.rawValue)\", and student is \"\(student.rawValue)\"")
        }
        guard lambda.isFinite, lambda >= 0 else { throw .option("lambda: \(lambda) is negative or not finite") }
        for group in ParameterGroup.all + groups {
            let rate = learningRates[group] ?? 0
            guard rate.isFinite, rate >= 0 else {
                throw .option("learning rate of \(group.rawValue): \(rate) is negative or not finite")
            }
        }
        guard imageLearningRate.isFinite, imageLearningRate >= 0 else {
            throw .option("learning rate of the image thresholds: \(imageLearningRate) is negative or not finite")
        }
        guard decay > 0, decay <= 1 else { throw .option("decay: \(decay) is outside (0, 1]") }
        guard temperature.isFinite, temperature > 0 else { throw .option("temperature: \(temperature) is not positive") }
        guard attention.isFinite, attention >= 0 else { throw .option("attention: \(attention) is negative or not finite") }
        if let reason = actualMethod.refusal(self) { throw .option(reason) }
        guard reconstruction || sensitivity || attention > 0 else { throw .option("all loss terms are off") }
        return self
    }

    /// The options as an object, for the recipe, and to tell whether a saved state belongs to this run.
    public var json: JSON {
        let method = actualMethod
        var groups = method.groups
        for group in trainedCycle.flatMap(\.parts) where !groups.contains(group) { groups.append(group) }
        var learningRates = groups.map { JSON.Member($0.rawValue, JSON(self.learningRates[$0] ?? 0)) }
        if groups.contains(.measures) { learningRates.append(.init("image", JSON(imageLearningRate))) }
        // Runs in float say nothing about whole numbers, as they did before there were any.
        let arithmetic = [("snapping", isSnapped), ("integers", integers)].filter(\.1).map {
            JSON.Member($0.0, .bool(true))
        }
        // What is as it was before these options were there is not written.
        var student: [JSON.Member] = []
        if self.student != .frozen { student.append(.init("student", .string(self.student.rawValue))) }
        if patch > 0 { student.append(.init("patch", JSON(patch))) }
        if drop > 0 { student.append(.init("drop", JSON(drop))) }
        return .object(
            [
                .init("method", .string(method.name)), .init("epochs", JSON(epochs)),
                .init("batch", JSON(batch)),
                .init("cycle", .array(cycle.map { .string($0.rawValue) })), .init("lambda", JSON(lambda)),
                .init("learning_rates", .object(learningRates)),
                .init("schedule", .string(schedule.rawValue)), .init("decay", JSON(decay)), .init("attention", JSON(attention)),
                .init("reconstruction", .bool(reconstruction)), .init("sensitivity", .bool(sensitivity)),
                .init("temperature", JSON(temperature)), .init("relative", .bool(relative)), .init("seed", .string(String(seed))),
            ] + arithmetic + student)
    }
}
