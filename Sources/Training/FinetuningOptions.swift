import Checkpoints
import Glibc

/// Everything that decides what finetuning does. The defaults are those of a method, and without one the paper's.
public struct FinetuningOptions: Sendable, Equatable {
    /// What the losses are, and what the recipe is called; nil: "saft" or "vft", as `sensitivity` says. A method's settings come
    /// with `init(method:)` alone.
    public var method: FinetuningMethod?
    public var epochs = 10
    public var batch = 2
    /// The groups that epochs train, in turn. Groups without a parameter in the network are left out.
    public var cycle: [ParameterGroup] = [.weights, .range, .breakpoint]
    /// λ of Eq. (5), of the reconstruction loss on a 0…1 scale.
    public var lambda: Float = 5
    /// Adam's, by group.
    public var learningRates: [ParameterGroup: Float] = [.weights: 1e-3, .range: 1e-3, .breakpoint: 1e-3, .measures: 0.01]
    /// Of the image thresholds, which are in the group of the measures.
    public var imageLearningRate: Float = 0.1
    public var schedule = LearningRateSchedule.decay
    /// Factor of a group's learning rate after each of its epochs, or over the whole run: see `schedule`.
    public var decay: Float = 0.9
    /// Whether the reconstruction loss takes part.
    public var reconstruction = true
    /// Whether the loss on features takes part: of Eq. (6) in SAFT, of the residual blocks in AdaBM.
    public var sensitivity = true
    /// Of PTQ4SR's distance between attention maps of the residual blocks; 0: it takes no part.
    public var attention: Float = 0
    /// Of the softmax in Eq. (4).
    public var temperature: Float = 1
    /// Learns factors of the parameters instead of the parameters: a step is `learning rate · |parameter at the start|`, since
    /// ranges of hundreds hardly move at 0.001 a step (facts 3.5).
    public var relative = false
    /// Trains with activation levels on integer grids, where freezing would put them; the parameters themselves move freely.
    public var snapping = false
    /// Computes in whole numbers what can be, with `snapping`: convolutions exactly, gradients rounded to about nine bits. Faster.
    public var integers = false
    /// Of the order of the images.
    public var seed: UInt64 = 1

    public init() {}

    /// The settings of a method.
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

    func learningRate(of parameter: TrainableParameter) -> Float {
        switch parameter.learningRate {
        case .group: learningRates[parameter.group] ?? 0
        case .image: imageLearningRate
        }
    }

    /// Whether levels lie on grids while training.
    var isSnapped: Bool { snapping || integers }

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

    /// For the recipe, and to tell whether a saved state belongs to this run.
    public var json: JSON {
        let method = actualMethod
        var learningRates = method.groups.map { JSON.Member($0.rawValue, JSON(self.learningRates[$0] ?? 0)) }
        if method.groups.contains(.measures) { learningRates.append(.init("image", JSON(imageLearningRate))) }
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
