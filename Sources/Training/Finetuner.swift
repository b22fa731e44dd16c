import Files
import Networks
import QuantizedNetworks
import Tensors

/// The second phase of Algorithm 1: trains clipping ranges and breakpoints so that the quantized network follows the float one
/// (docs/method.md, "Finetuning").
///
/// The network's weights do not change. The same inputs and options give the same bytes, whatever the number of threads and
/// however often the run was interrupted.
public struct Finetuner {
    private let options: FinetuningOptions
    private let pool: ThreadPool
    /// The file of the run's state; nil: nothing is saved.
    private let statePath: String?

    /// Makes a finetuner with checked options.
    /// - Parameter statePath: where the state is saved after every epoch, and resumed from if it is there.
    /// - Throws: `.option` for an option outside its range or one that the method does not allow.
    public init(options: FinetuningOptions, pool: ThreadPool, statePath: String? = nil) throws(FinetuningError) {
        self.options = try options.validated()
        (self.pool, self.statePath) = (pool, statePath)
    }

    /// Returns the network with trained parameters. `quantized` itself is not changed, and the recipe of the result names the
    /// run.
    ///
    /// Edge cases: with 0 epochs the parameters stay as they are. A group that no layer has a parameter of is left out of the
    /// cycle. A state of this run at `statePath` is resumed from.
    /// - Parameters:
    ///   - images: each `[1, height, width, 3]`, all of one size, colours 0…255.
    ///   - target: what the student is to come close to.
    ///   - progress: called after every step on the calling thread; where it returns false, the run ends with `.cancelled`.
    /// - Throws: `.noImages`; `.option` for images of several sizes, a target that does not fit them or a cycle without
    ///   parameters; `.layer` where a method cannot fit a quantizer before the first step; `.diverged` where the loss or a
    ///   gradient is not finite; `.state` and `.checkpoint` for the saved state; `.engine`; `.cancelled`.
    public func finetune(
        _ quantized: QuantizedNetwork, images: [Tensor], target: TrainingTarget = .teacher, progress: ProgressFunction
    ) throws(FinetuningError) -> QuantizedNetwork {
        var report = FinetuningReport()
        return try finetune(quantized, images: images, target: target, report: &report, progress: progress)
    }

    /// Does the same, and tells what the run took.
    public func finetune(
        _ quantized: QuantizedNetwork, images: [Tensor], target: TrainingTarget = .teacher, report: inout FinetuningReport,
        progress: ProgressFunction
    ) throws(FinetuningError) -> QuantizedNetwork {
        let (clock, began) = (ContinuousClock(), ContinuousClock.now)
        guard let first = images.first else { throw .noImages }
        guard images.allSatisfy({ $0.dimensions == first.dimensions }) else { throw .option("the images are not all of one size") }
        try target.validate(images: images, student: quantized.network)
        var result = quantized
        var state = FinetuningState(quantized, groups: options.groups)
        let cycle = options.cycle.filter { group in state.parameters.keys.contains { $0.group == group } }
        guard !cycle.isEmpty else {
            throw .option("cycle: no layer has a parameter of \(options.cycle.map(\.rawValue).joined(separator: ", "))")
        }
        let steps = (images.count + options.batch - 1) / options.batch
        let run = statePath.map { _ in RunFingerprint(quantized, images: images, target: target, options: options) }
        if let statePath, let run {
            try Self.requireWritable(statePath)
            if Files.exists(statePath) {
                try state.read(from: statePath, run: run, epochs: options.epochs, steps: steps, quantized: quantized)
                state.apply(to: &result)
            }
        }
        let (resumed, secondsBefore) = (state.epochsDone, state.seconds)
        func seconds() -> Double { secondsBefore + began.duration(to: clock.now) / .seconds(1) }
        let objective = try Objective(result, options: options, target: target, pool: pool)
        if let prepare = options.actualMethod.prepare, state.epochsDone == 0, options.epochs > 0 {
            let first = Array(ImageOrder.shuffled(count: images.count, seed: options.seed, epoch: 1).prefix(options.batch))
            try prepare(&result, objective, Self.batch(first.map { images[$0] }), first)
            state = FinetuningState(result, groups: options.groups)
        }
        let (total, isMore) = steps.multipliedReportingOverflow(by: options.epochs)

        while state.epochsDone < options.epochs {
            let epoch = state.epochsDone + 1
            let group = cycle[(epoch - 1) % cycle.count]
            let schedule = LearningRate(
                schedule: options.schedule, first: 1, decay: Double(options.decay), stepsPerEpoch: steps,
                epochs: Self.epochs(of: group, in: cycle, total: options.epochs))
            let rates = schedule.rates(visit: Self.epochs(of: group, in: cycle, total: epoch - 1))
            let order = ImageOrder.shuffled(count: images.count, seed: options.seed, epoch: epoch)
            for step in 0..<steps {
                let chosen = order[step * options.batch..<min((step + 1) * options.batch, images.count)]
                let (loss, gradients) = try objective.evaluate(
                    Self.batch(chosen.map { images[$0] }), numbers: Array(chosen), result, group: group)
                guard loss.isFinite, gradients.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                    throw .diverged(epoch: epoch, step: step + 1)
                }
                for parameter in result.parameters(of: group) {
                    guard let gradient = gradients[parameter.place] else { continue }
                    let first = Double(options.learningRate(of: parameter))
                    self.step(
                        &state, &result, parameter, gradient: gradient,
                        rate: first * rates[step])
                    if let node = parameter.place.node { objective.update(node, result, group: group) }
                }
                let done = (epoch - 1) * steps + step + 1
                guard
                    progress(
                        ProgressReport(
                            stage: .finetune, done: done, total: isMore ? Int.max : total, epoch: epoch, detail: group.rawValue,
                            loss: loss)
                    )
                else {
                    throw .cancelled
                }
            }
            (state.epochsDone, state.seconds) = (epoch, seconds())
            state.follow(result)
            if let statePath, let run { try state.write(to: statePath, run: run) }
        }
        result.recipe.finetuning.append(options.json)
        (report.epochs, report.resumed, report.seconds) = (options.epochs, resumed, seconds())
        return result
    }

    /// Returns how many of `total` epochs train a group, where epochs train the groups of `cycle` in turn. The count is computed,
    /// not gone through: a caller may ask for 2^32 - 1 epochs and stop when they please.
    package static func epochs(of group: ParameterGroup, in cycle: [ParameterGroup], total: Int) -> Int {
        guard !cycle.isEmpty else { return 0 }
        let (whole, rest) = total.quotientAndRemainder(dividingBy: cycle.count)
        return whole * cycle.count { $0 == group } + cycle.prefix(rest).count { $0 == group }
    }

    /// Makes sure, before the work, that a state can be written.
    /// - Throws: `.option` for an empty path, `.checkpoint` for a folder that is not there or cannot be written to.
    private static func requireWritable(_ path: String) throws(FinetuningError) {
        guard !path.isEmpty else { throw .option("state: the path is empty; leave the option out for a run without a state") }
        do { try AtomicFile.requireWritable(path) } catch { throw .checkpoint(.file(error)) }
    }

    /// Takes one Adam step. The run goes on with the values that the quantizer makes legal (docs/method.md, "Legal parameters").
    private func step(
        _ state: inout FinetuningState, _ quantized: inout QuantizedNetwork, _ parameter: TrainableParameter, gradient: [Double],
        rate: Double
    ) {
        guard var values = state.parameters[parameter], let start = state.initial[parameter], !values.isEmpty else { return }
        let relative = options.relative && parameter.group.source.allowsRelativeSteps
        let rates = start.map { relative ? rate * Double(max(abs($0), 1e-3)) : rate }
        state.optimizers[parameter]?.step(&values, gradients: gradient, rates: rates)
        quantized[parameter] = values
        state.parameters[parameter] = quantized[parameter]
    }

    /// Returns one tensor `[images, height, width, 3]` of images `[1, height, width, 3]` of one size.
    private static func batch(_ images: [Tensor]) -> Tensor {
        guard let first = images.first else { return Tensor(zeros: [0]) }
        var dimensions = first.dimensions
        dimensions[0] = images.count
        var values: [Float] = []
        values.reserveCapacity(first.values.count * images.count)
        for image in images { values += image.values }
        return Tensor(dimensions: dimensions, values: values)
    }
}
