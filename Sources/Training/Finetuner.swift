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
        guard let first = images.first else { throw .noImages }
        guard images.allSatisfy({ $0.dimensions == first.dimensions }) else { throw .option("the images are not all of one size") }
        try target.validate(images: images, student: quantized.network)
        var result = quantized
        var state = FinetuningState(quantized, groups: options.groups)
        let cycle = options.cycle.filter { group in state.parameters.keys.contains { $0.group == group } }
        guard !cycle.isEmpty else {
            throw .option("cycle: no layer has a parameter of \(options.cycle.map(\.rawValue).joined(separator: ", "))")
        }
        let run = fingerprint(quantized, images, target)
        if let statePath, Files.exists(statePath) {
            try state.read(from: statePath, run: run)
            state.apply(to: &result)
        }
        let objective = try Objective(result, options: options, target: target, pool: pool)
        if let prepare = options.actualMethod.prepare, state.epochsDone == 0, options.epochs > 0 {
            let first = Array(ImageOrder.shuffled(count: images.count, seed: options.seed, epoch: 1).prefix(options.batch))
            try prepare(&result, objective, Self.batch(first.map { images[$0] }), first)
            state = FinetuningState(result, groups: options.groups)
        }
        let steps = (images.count + options.batch - 1) / options.batch
        let total = steps * options.epochs

        while state.epochsDone < options.epochs {
            let epoch = state.epochsDone + 1
            let group = cycle[(epoch - 1) % cycle.count]
            let schedule = LearningRate(
                schedule: options.schedule, first: 1, decay: Double(options.decay), stepsPerEpoch: steps,
                epochs: (0..<options.epochs).count { cycle[$0 % cycle.count] == group })
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
                        rate: first * schedule.rate(visit: state.visits[group] ?? 0, step: step))
                    if let node = parameter.place.node { objective.update(node, result, group: group) }
                }
                let done = (epoch - 1) * steps + step + 1
                guard
                    progress(
                        ProgressReport(stage: .finetune, done: done, total: total, epoch: epoch, detail: group.rawValue, loss: loss)
                    )
                else {
                    throw .cancelled
                }
            }
            state.epochsDone = epoch
            state.visits[group, default: 0] += 1
            if let statePath { try state.write(to: statePath, run: run) }
        }
        result.recipe.finetuning.append(options.json)
        return result
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

    /// Returns a name of the run: a state is only resumed with the same options, starting parameters and images.
    private func fingerprint(_ quantized: QuantizedNetwork, _ images: [Tensor], _ target: TrainingTarget) -> String {
        var hash = Fingerprint()
        for node in quantized.quantizedNodes {
            guard let layer = quantized.layers[node] else { continue }
            hash.add(quantized.network.nodes[node].name)
            hash.add(layer.activation?.name ?? "float")
            hash.add(layer.inputScales?.factors ?? [])
            if let weight = layer.weight { hash.add(type(of: weight).name) }
            hash.add([Float(layer.activationBits), Float(layer.weightBits)])
            for group in options.groups { hash.add(quantized[group, .layer(node)]) }
            if case .convolution(let convolution) = quantized.network.nodes[node].operation { hash.add(convolution.weight.values) }
        }
        hash.add(quantized[.measures, .image])
        for image in images { hash.add(image.values) }
        for picture in target.truth ?? [] { hash.add(picture.values) }
        for named in target.network?.tensors.sorted(by: { $0.name < $1.name }) ?? [] { hash.add(named.tensor.values) }
        var settings = options
        // A longer run may go on from a shorter one, unless what happened depends on how many epochs were planned.
        if settings.schedule == .decay { settings.epochs = 0 }
        hash.add((try? settings.json.serialized()) ?? "")
        return String(hash.value, radix: 16)
    }
}

/// A hash of a run's inputs: FNV-1a over 32-bit words. It guards against mistakes, not against malice.
private struct Fingerprint {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ values: [Float]) {
        for float in values { value = (value ^ UInt64(float.bitPattern)) &* 0x100_0000_01b3 }
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
}
