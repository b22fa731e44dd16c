import Checkpoints
import QuantizedNetworks
import Tensors

/// The state of a run after some epochs: enough to go on to the same final bytes.
///
/// On disk it is a safetensors file: per group and layer the parameters, their values at the start and Adam's moments.
struct FinetuningState: Equatable {
    /// How many epochs of the run are done.
    var epochsDone = 0
    /// How long these epochs took in seconds, in all calls together.
    var seconds = 0.0
    /// The parameters as they are now.
    var parameters: [TrainableParameter: [Float]] = [:]
    /// The parameters as they were at the start, for relative steps.
    var initial: [TrainableParameter: [Float]] = [:]
    /// Adam's moments for each parameter.
    var optimizers: [TrainableParameter: Adam] = [:]

    /// The groups whose parameters are kept.
    private let groups: [ParameterGroup]

    /// Makes the state of a run that has not begun.
    /// - Parameter groups: those whose parameters are kept.
    init(_ quantized: QuantizedNetwork, groups: [ParameterGroup]) {
        self.groups = groups
        for parameter in groups.flatMap(quantized.parameters) {
            let values = quantized[parameter]
            parameters[parameter] = values
            initial[parameter] = values
            optimizers[parameter] = Adam(count: values.count)
        }
    }

    /// Gives the network the parameters of this state, group by group: what is legal for a breakpoint follows from its range.
    func apply(to quantized: inout QuantizedNetwork) {
        for parameter in orderedParameters { if let values = parameters[parameter] { quantized[parameter] = values } }
    }

    /// Takes over the parameters as they are in the network. A step of one group can move those of another, because a breakpoint
    /// stays within its range.
    mutating func follow(_ quantized: QuantizedNetwork) {
        for parameter in Array(parameters.keys) { parameters[parameter] = quantized[parameter] }
    }

    // MARK: - On disk

    private static let format = "srq finetuning state 2"

    /// Writes the state to a file, in one piece or not at all.
    /// - Parameter run: what the state belongs to; a state of another run is refused when it is read.
    /// - Throws: `.checkpoint` where the file cannot be written.
    func write(to path: String, run: RunFingerprint) throws(FinetuningError) {
        do {
            var file = SafeTensors(
                metadata: [
                    "format": Self.format, "run": try run.json.serialized(), "epochs": String(epochsDone),
                    "seconds": String(seconds),
                ], name: path)
            for parameter in orderedParameters {
                guard let values = parameters[parameter], let start = initial[parameter], let adam = optimizers[parameter] else {
                    continue
                }
                try file.append(parameter.name + ".values", Tensor(dimensions: [values.count], values: values))
                try file.append(parameter.name + ".initial", Tensor(dimensions: [start.count], values: start))
                try file.append(parameter.name + ".first", doubles: adam.first)
                try file.append(parameter.name + ".second", doubles: adam.second)
                try file.append(parameter.name + ".steps", doubles: [Double(adam.steps)])
            }
            file.seal()
            try file.write(to: path)
        } catch { throw .checkpoint(error) }
    }

    /// Replaces the state by that of a file; where this throws, the state stays as it was.
    /// - Parameters:
    ///   - run: the run that is to go on.
    ///   - epochs: how many epochs it shall have in all.
    ///   - steps: how many steps an epoch has.
    ///   - quantized: the network at the start of the run, against which parameters are checked.
    /// - Throws: `.state` if the file belongs to another run or has gone further than this one, and if it is damaged or holds a
    ///   number that no run writes; `.checkpoint` if it cannot be read.
    mutating func read(
        from path: String, run: RunFingerprint, epochs: Int, steps: Int, quantized: QuantizedNetwork
    ) throws(FinetuningError) {
        func failure(_ reason: String) -> FinetuningError { .state(path: path, reason: reason) }
        let file: SafeTensors
        do { file = try SafeTensors.read(path: path) } catch { throw .checkpoint(error) }
        guard let format = file.metadata["format"], format.hasPrefix("srq finetuning state ") else {
            throw failure("is there already and is no saved finetuning state")
        }
        guard format == Self.format else {
            throw failure("was saved by another version of srq, as \"\(format)\"; delete it or choose another file")
        }
        guard file.isIntact == true else { throw failure("is damaged: its checksum is not that of its contents") }
        let saved: RunFingerprint
        do {
            let name = "\(path): run"
            saved = try RunFingerprint(JSON.Field(try JSON.parse(file.metadata["run"] ?? "", name: name), path: name))
        } catch { throw .checkpoint(error) }
        if let difference = run.difference(fromSaved: saved) {
            throw failure("belongs to another run: \(difference); delete it or choose another file")
        }
        guard let done = file.metadata["epochs"].flatMap({ Int($0) }), done >= 1 else { throw failure("has no epoch count") }
        guard done <= epochs else {
            throw failure("has gone through \(done) epochs, but \(epochs) are asked for; delete it or choose another file")
        }
        guard let seconds = file.metadata["seconds"].flatMap({ Double($0) }), seconds.isFinite, seconds >= 0 else {
            throw failure("has no time")
        }
        guard file.entries.count == 5 * parameters.count else { throw failure("holds another number of parameters") }
        var state = self
        (state.epochsDone, state.seconds) = (done, seconds)
        for parameter in orderedParameters {
            let read = try Self.read(parameter, from: file, path: path, like: self)
            guard read.optimizer.steps <= done * steps else {
                throw failure("'\(parameter.name)' has taken \(read.optimizer.steps) steps in \(done) epochs")
            }
            state.parameters[parameter] = read.values
            state.initial[parameter] = read.initial
            state.optimizers[parameter] = read.optimizer
        }
        for (name, values) in [("values", state.parameters), ("initial", state.initial)] {
            if let illegal = Self.illegal(values, state.orderedParameters, in: quantized) {
                throw failure("'\(illegal.name).\(name)' holds numbers that the quantizer cannot have")
            }
        }
        self = state
    }

    /// Returns the first parameter whose numbers are not legal in the network, which all of them are set in.
    private static func illegal(
        _ values: [TrainableParameter: [Float]], _ order: [TrainableParameter], in quantized: QuantizedNetwork
    ) -> TrainableParameter? {
        var network = quantized
        for parameter in order { network[parameter] = values[parameter] ?? [] }
        return order.first { network[$0] != values[$0] }
    }

    /// Returns what a file holds of one parameter.
    /// - Throws: `.state` for another size and for numbers that are not finite or that no moment can have; `.checkpoint` for an
    ///   entry that is not there.
    private static func read(
        _ parameter: TrainableParameter, from file: SafeTensors, path: String, like state: FinetuningState
    ) throws(FinetuningError) -> (values: [Float], initial: [Float], optimizer: Adam) {
        let count = state.parameters[parameter]?.count ?? 0
        let values: [Float]
        let start: [Float]
        do {
            values = try file.tensor(parameter.name + ".values").values
            start = try file.tensor(parameter.name + ".initial").values
        } catch { throw .checkpoint(error) }
        let first = file.doubles(parameter.name + ".first")
        let second = file.doubles(parameter.name + ".second")
        guard let steps = file.doubles(parameter.name + ".steps").first.flatMap({ Int(exactly: $0) }), steps >= 0,
            [values.count, start.count, first.count, second.count].allSatisfy({ $0 == count })
        else { throw .state(path: path, reason: "'\(parameter.name)' has another size") }
        guard (values + start).allSatisfy(\.isFinite), first.allSatisfy(\.isFinite),
            second.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { throw .state(path: path, reason: "'\(parameter.name)' holds numbers that are not finite, or negative squares") }
        return (values, start, Adam(first: first, second: second, steps: steps))
    }

    /// The parameters in the order of the file: group by group, in the order of the groups, then by place.
    private var orderedParameters: [TrainableParameter] {
        let order = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($0.element, $0.offset) })
        return parameters.keys.sorted {
            (order[$0.group] ?? 0, $0.place.savedNumber) < (order[$1.group] ?? 0, $1.place.savedNumber)
        }
    }
}

/// Double precision in and out, so that a resumed run gives the same bytes.
extension SafeTensors {
    /// Appends numbers in double precision: a resumed run gives the same bytes only if moments lose nothing.
    fileprivate mutating func append(_ name: String, doubles: [Double]) throws(CheckpointError) {
        var bytes: [UInt8] = []
        for value in doubles { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
        try append(name, type: .float64, dimensions: [doubles.count], bytes: bytes[...])
    }

    /// Returns the numbers of an entry; none where there is no such entry of doubles.
    fileprivate func doubles(_ name: String) -> [Double] {
        guard let entry = self[name], entry.type == .float64 else { return [] }
        return entry.bytes.withUnsafeBytes { raw in
            (0..<raw.count / 8).map {
                Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self)))
            }
        }
    }
}
