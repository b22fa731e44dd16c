import Checkpoints
import QuantizedNetworks
import Tensors

/// The state of a run after some epochs: enough to go on to the same final bytes.
///
/// On disk it is a safetensors file: per group and layer the parameters, their values at the start and Adam's moments.
struct FinetuningState: Equatable {
    /// How many epochs of the run are done.
    var epochsDone = 0
    /// How many of these epochs trained each group.
    var visits: [ParameterGroup: Int] = [:]
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

    /// Gives the network the parameters of this state.
    func apply(to quantized: inout QuantizedNetwork) {
        for (parameter, values) in parameters { quantized[parameter] = values }
    }

    // MARK: - On disk

    private static let format = "srq finetuning state 1"

    /// Writes the state to a file, in one piece or not at all.
    /// - Parameter run: what the state belongs to; a state of another run is refused when it is read.
    /// - Throws: `.checkpoint` where the file cannot be written.
    func write(to path: String, run: String) throws(FinetuningError) {
        var metadata = ["format": Self.format, "run": run, "epochs": String(epochsDone)]
        for group in groups { metadata["visits." + group.rawValue] = String(visits[group] ?? 0) }
        var file = SafeTensors(metadata: metadata, name: path)
        do {
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
            try file.write(to: path)
        } catch { throw .checkpoint(error) }
    }

    /// Replaces the state by that of a file; where this throws, the state stays as it was.
    /// - Throws: `.state` if the file belongs to another network, other images or other options, or is damaged; `.checkpoint` if
    ///   it cannot be read.
    mutating func read(from path: String, run: String) throws(FinetuningError) {
        let file: SafeTensors
        do { file = try SafeTensors.read(path: path) } catch { throw .checkpoint(error) }
        guard file.metadata["format"] == Self.format else { throw .state(path: path, reason: "not a saved finetuning state") }
        guard file.metadata["run"] == run else {
            throw .state(
                path: path,
                reason: "belongs to a run with another network, other images or other options; delete it or choose another file")
        }
        guard let epochs = file.metadata["epochs"].flatMap({ Int($0) }), epochs >= 0 else {
            throw .state(path: path, reason: "has no epoch count")
        }
        var state = self
        state.epochsDone = epochs
        for group in groups {
            state.visits[group] = file.metadata["visits." + group.rawValue].flatMap { Int($0) } ?? 0
        }
        for parameter in orderedParameters {
            let count = parameters[parameter]?.count ?? 0
            do {
                let values = try file.tensor(parameter.name + ".values").values
                let start = try file.tensor(parameter.name + ".initial").values
                let first = file.doubles(parameter.name + ".first")
                let second = file.doubles(parameter.name + ".second")
                guard let steps = file.doubles(parameter.name + ".steps").first.flatMap({ Int(exactly: $0) }), steps >= 0,
                    [values.count, start.count, first.count, second.count].allSatisfy({ $0 == count })
                else { throw FinetuningError.state(path: path, reason: "'\(parameter.name)' has another size") }
                state.parameters[parameter] = values
                state.initial[parameter] = start
                state.optimizers[parameter] = Adam(first: first, second: second, steps: steps)
            } catch let error as CheckpointError {
                throw .checkpoint(error)
            } catch {
                throw .state(path: path, reason: "'\(parameter.name)' has another size")
            }
        }
        self = state
    }

    /// The parameters in the order of the file, which depends on names and places alone.
    private var orderedParameters: [TrainableParameter] {
        parameters.keys.sorted { ($0.group.rawValue, $0.place.savedNumber) < ($1.group.rawValue, $1.place.savedNumber) }
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
