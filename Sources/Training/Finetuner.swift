import Files
import Networks
import QuantizedNetworks
import Tensors

/// The second phase of Algorithm 1: trains clipping ranges and breakpoints so that the quantized network follows the float one
/// (docs/method.md, "Finetuning").
///
/// The network's own weights and biases move only where the options ask for that. The same inputs and options give the same
/// bytes, whatever the number of threads and however often the run was interrupted.
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
    ///   - target: what the student is to come close to; `.teacher` is the network as it is when the run begins.
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
        if options.student == .rounding { result.beginRounding() }
        var state = FinetuningState(result, groups: options.groups)
        let cycle = options.trainedCycle.compactMap { entry -> ParameterGroup? in
            let parts = entry.parts.filter { group in state.parameters.keys.contains { $0.group == group } }
            return parts.isEmpty ? nil : .joint(parts)
        }
        guard !cycle.isEmpty else {
            throw .option("cycle: no layer has a parameter of \(options.trainedCycle.map(\.rawValue).joined(separator: ", "))")
        }
        let steps = (images.count + options.batch - 1) / options.batch
        let run = statePath.map { _ in RunFingerprint(quantized, images: images, target: target, options: options) }
        if let statePath, let run {
            try Self.requireWritable(statePath)
            if Files.exists(statePath) {
                try state.read(from: statePath, run: run, epochs: options.epochs, steps: steps, quantized: result)
                state.apply(to: &result)
            }
        }
        let (resumed, secondsBefore) = (state.epochsDone, state.seconds)
        func seconds() -> Double { secondsBefore + began.duration(to: clock.now) / .seconds(1) }
        // A resumed student's weights may have moved: its teacher is the network that the run began with.
        let objective = try Objective(
            result, options: options, target: target.teaching(quantized.network), pool: pool)
        if let prepare = options.actualMethod.prepare, state.epochsDone == 0, options.epochs > 0 {
            let first = Array(ImageOrder.shuffled(count: images.count, seed: options.seed, epoch: 1).prefix(options.batch))
            try prepare(&result, objective, TrainingBatch(images, numbers: first, patch: 0, seed: 0).images, first)
            state = FinetuningState(result, groups: options.groups)
        }
        let (total, isMore) = steps.multipliedReportingOverflow(by: options.epochs)

        while state.epochsDone < options.epochs {
            let epoch = state.epochsDone + 1
            let group = cycle[(epoch - 1) % cycle.count]
            let rates = group.parts.map { part in
                LearningRate(
                    schedule: options.schedule, first: 1, decay: Double(options.decay), stepsPerEpoch: steps,
                    epochs: Self.epochs(of: part, in: cycle, total: options.epochs)
                ).rates(visit: Self.epochs(of: part, in: cycle, total: epoch - 1))
            }
            let order = ImageOrder.shuffled(count: images.count, seed: options.seed, epoch: epoch)
            for step in 0..<steps {
                let chosen = order[step * options.batch..<min((step + 1) * options.batch, images.count)]
                let batch = TrainingBatch(
                    images, numbers: Array(chosen), patch: options.patch,
                    seed: ImageOrder.seed(options.seed, epoch: epoch, step: step))
                let (loss, gradients) = try objective.evaluate(
                    batch, result, groups: group.parts,
                    progress: (Double(epoch - 1) + Double(step) / Double(steps)) / Double(options.epochs))
                guard loss.isFinite, gradients.values.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
                    throw .diverged(epoch: epoch, step: step + 1)
                }
                var changed: [Int: Set<StudentPart>] = [:]
                for (part, rates) in zip(group.parts, rates) {
                    for parameter in result.parameters(of: part) {
                        guard let gradient = gradients[parameter] else { continue }
                        self.step(
                            &state, &result, parameter, gradient: gradient,
                            rate: Double(options.learningRate(of: parameter)) * rates[step])
                        if let node = parameter.place.node { changed[node, default: []].insert(part.source.studentPart) }
                    }
                }
                for (node, parts) in changed { objective.update(node, result, parts: parts) }
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
        if options.student == .rounding { result.endRounding() }
        result.recipe.finetuning.append(options.json)
        (report.epochs, report.resumed, report.seconds) = (options.epochs, resumed, seconds())
        return result
    }

    /// Returns how many of `total` epochs train a group, where epochs train the entries of `cycle` in turn. The count is computed,
    /// not gone through: a caller may ask for 2^32 - 1 epochs and stop when they please.
    package static func epochs(of group: ParameterGroup, in cycle: [ParameterGroup], total: Int) -> Int {
        guard !cycle.isEmpty else { return 0 }
        func trains(_ entry: ParameterGroup) -> Bool { entry.parts.contains(group) }
        let (whole, rest) = total.quotientAndRemainder(dividingBy: cycle.count)
        return whole * cycle.count(where: trains) + cycle.prefix(rest).count(where: trains)
    }

    /// Makes sure, before the work, that a state can be written; a run does so itself, and who works before the run can ask.
    /// - Throws: `.option` for an empty path, `.checkpoint` for a folder that is not there or cannot be written to.
    package static func requireWritable(_ path: String) throws(FinetuningError) {
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
        let rates =
            relative ? parameter.group.source.sizes(of: start).map { rate * $0 } : [Double](repeating: rate, count: start.count)
        state.optimizers[parameter]?.step(&values, gradients: gradient, rates: rates)
        quantized[parameter] = values
        state.parameters[parameter] = quantized[parameter]
    }
}
