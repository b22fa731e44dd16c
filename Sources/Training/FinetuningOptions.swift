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
    /// The groups that epochs train, in turn. Groups without a parameter in the network are left out.
    public var cycle: [ParameterGroup] = [.weights, .range, .breakpoint]
    /// The factor λ of the reconstruction loss, which is on a 0…1 scale (Eq. 5).
    public var lambda: Float = 5
    /// Adam's first learning rate for each group.
    public var learningRates: [ParameterGroup: Float] = [.weights: 1e-3, .range: 1e-3, .breakpoint: 1e-3, .measures: 0.01]
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

    /// The groups whose parameters a run keeps: the standard ones, and what else the cycle names.
    var groups: [ParameterGroup] {
        var groups = ParameterGroup.standard
        for group in cycle where !groups.contains(group) { groups.append(group) }
        return groups
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
        guard lambda.isFinite, lambda >= 0 else { throw .option("lambda: \(lambda) is negative or not finite") }
        for group in groups {
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
        let groups = method.groups + cycle.reduce(into: []) { if !method.groups.contains($1), !$0.contains($1) { $0.append($1) } }
        var learningRates = groups.map { JSON.Member($0.rawValue, JSON(self.learningRates[$0] ?? 0)) }
        if groups.contains(.measures) { learningRates.append(.init("image", JSON(imageLearningRate))) }
        // Runs in float say nothing about whole numbers, as they did before there were any.
        let arithmetic = [("snapping", isSnapped), ("integers", integers)].filter(\.1).map {
            JSON.Member($0.0, .bool(true))
        }
        return .object(
            [
                .init("method", .string(method.name)), .init("epochs", JSON(epochs)),
                .init("batch", JSON(batch)),
                .init("cycle", .array(cycle.map { .string($0.rawValue) })), .init("lambda", JSON(lambda)),
                .init("learning_rates", .object(learningRates)),
                .init("schedule", .string(schedule.rawValue)), .init("decay", JSON(decay)), .init("attention", JSON(attention)),
                .init("reconstruction", .bool(reconstruction)), .init("sensitivity", .bool(sensitivity)),
                .init("temperature", JSON(temperature)), .init("relative", .bool(relative)), .init("seed", .string(String(seed))),
            ] + arithmetic)
    }
}
