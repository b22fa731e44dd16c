import Checkpoints
import Files
import Networks
import QuantizedNetworks
import Quantizers
import Tensors

/// Everything that can change a byte of what a finetuning run gives, in named parts: a saved state goes on with the very run that
/// it comes from, or it is refused with the names of the parts that differ.
///
/// A part is a short text, which messages can show, or the digest of more. What changes no byte, such as the number of threads, is
/// no part. Neither are machine and library: docs/conventions.md, "Determinism", says what may differ between those.
struct RunFingerprint: Equatable {
    private struct Part: Equatable {
        let name: String
        /// The part's text, or "#" and the digest where that is longer than `longestText`.
        let value: String
    }

    private var parts: [Part] = []
    private var names: Set<String> = []

    private static let longestText = 60
    private static let digestMark: Character = "#"
    /// The most parts that a message names.
    private static let mostNamed = 4

    /// Makes the fingerprint of a run with checked options.
    init(_ quantized: QuantizedNetwork, images: [Tensor], target: TrainingTarget, options: FinetuningOptions) {
        add(options)
        add("recipe", members: quantized.recipe.json)
        add(quantized.network)
        for node in quantized.calibratedNodes {
            if let layer = quantized.layers[node] { add(layer, quantized.network.nodes[node].name) }
        }
        add("image thresholds", text: quantized.imageThresholds.map { "\($0.lower) and \($0.upper)" } ?? "none")
        add("images", images)
        add(target)
    }

    // MARK: - Parts

    private mutating func add(_ options: FinetuningOptions) {
        for (name, value) in Self.members(options.json) {
            // A longer run may go on from a shorter one, unless what happened depends on how many epochs were planned.
            if name == "epochs", options.schedule == .decay, options.student != .rounding { continue }
            // Below are the rates of all groups, not only of those that the method has.
            if name != "learning_rates" { add(name, text: Self.text(value)) }
        }
        for group in ParameterGroup.all + options.groups.filter({ !ParameterGroup.all.contains($0) }) {
            add("lr.\(group.rawValue)", text: "\(options.learningRates[group] ?? 0)")
        }
        add("lr.image", text: "\(options.imageLearningRate)")
    }

    private mutating func add(_ network: Network) {
        add("architecture", text: network.architecture)
        add("scale", text: "\(network.scale)")
        if case .array(let nodes)? = network.json["nodes"] {
            for (index, node) in nodes.enumerated() { add("node \(index) of the network", text: Self.text(node)) }
        }
        for (name, tensor) in network.tensors { add("tensor \(name)", digest: Self.digest(tensor)) }
    }

    private mutating func add(_ layer: LayerQuantization, _ name: String) {
        let activation = layer.activation.map { "\($0.name) at \($0.bits) bits" }
        add("activation quantizer of \(name)", text: activation ?? "none")
        add("activation parameters of \(name)", digest: Self.digest(layer.activation?.saved ?? []))
        add("input scales of \(name)", digest: Self.digest(layer.inputScales?.factors ?? []))
        let weight = layer.weight.map { "\($0.name) at \($0.bits) bits, \($0.groups) ranges" }
        add("weight quantizer of \(name)", text: weight ?? "none")
        add("weight ranges of \(name)", digest: Self.digest(layer.weight?.parameters ?? []))
        add("deviation of \(name)", text: "\(layer.deviation)")
        add("measure of \(name)", text: layer.measure.map { "\($0)" } ?? "none")
        add("statistics of \(name)", digest: layer.statistics.map(Self.digest) ?? Digest())
    }

    private mutating func add(_ target: TrainingTarget) {
        add("target", text: "\(target.truth == nil ? "no" : "with") ground truth, \(target.hasTeacher ? "with a" : "no") teacher")
        if let truth = target.truth { add("ground truth", truth) }
        guard let teacher = target.network else { return }
        add("teacher's graph", text: Self.text(teacher.json))
        var digest = Digest()
        for (name, tensor) in teacher.tensors {
            digest.add(name)
            digest.add(Self.digest(tensor).text)
        }
        add("teacher's tensors", digest: digest)
    }

    /// Adds pictures: how many there are, which they are, and in which order they come.
    private mutating func add(_ name: String, _ pictures: [Tensor]) {
        let digests = pictures.map { Self.digest($0).text }
        func digest(_ texts: [String]) -> Digest { texts.reduce(into: Digest()) { $0.add($1) } }
        add("number of \(name)", text: "\(pictures.count)")
        add(name, digest: digest(digests.sorted()))
        add("order of \(name)", digest: digest(digests))
    }

    /// Adds every member of an object as a part of its own.
    private mutating func add(_ name: String, members json: JSON) {
        for (key, value) in Self.members(json) { add("\(name).\(key)", text: Self.text(value)) }
    }

    private mutating func add(_ name: String, text: String) {
        guard text.utf8.count > Self.longestText || text.first == Self.digestMark else { return append(name, text) }
        var digest = Digest()
        digest.add(text)
        add(name, digest: digest)
    }

    private mutating func add(_ name: String, digest: Digest) { append(name, "\(Self.digestMark)\(digest.text)") }

    /// Appends a part; where the name is taken, because two layers have one name, with a number behind it.
    private mutating func append(_ name: String, _ value: String) {
        var unique = name
        var number = 2
        while !names.insert(unique).inserted {
            unique = "\(name) (\(number))"
            number += 1
        }
        parts.append(Part(name: unique, value: value))
    }

    private static func members(_ json: JSON) -> [(String, JSON)] {
        guard case .object(let members) = json else { return [] }
        return members.map { ($0.key, $0.value) }
    }

    /// Returns a text as it is and any other value's JSON; for numbers that JSON has no words for, Swift's.
    private static func text(_ json: JSON) -> String {
        if case .string(let text) = json { return text }
        return (try? json.serialized()) ?? "\(json)"
    }

    private static func digest(_ tensor: Tensor) -> Digest {
        var digest = Digest()
        digest.add(tensor.dimensions.count)
        for dimension in tensor.dimensions { digest.add(dimension) }
        digest.add(tensor.values)
        return digest
    }

    private static func digest(_ values: [Float]) -> Digest {
        var digest = Digest()
        digest.add(values.count)
        digest.add(values)
        return digest
    }

    private static func digest(_ statistics: ActivationStatistics) -> Digest {
        var digest = Digest()
        digest.add([statistics.lower, statistics.upper, statistics.percentileAbsolute])
        let ranges = [statistics.percentiles, statistics.densityRanges?.narrow, statistics.densityRanges?.wide]
        for range in ranges { digest.add(counted: range.map { [$0.lower, $0.upper] } ?? []) }
        if let histogram = statistics.histogram {
            digest.add([histogram.lower, histogram.upper])
            for count in histogram.counts { digest.add(Int(truncatingIfNeeded: count)) }
        }
        return digest
    }

    // MARK: - Comparing

    /// Returns how this run differs from the one that a state comes from, in words; nil where they are the same.
    func difference(fromSaved saved: RunFingerprint) -> String? {
        guard self != saved else { return nil }
        let (here, there) = (byName, saved.byName)
        var differences: [String] = []
        for part in parts where there[part.name] != part.value {
            differences.append(Self.difference(part.name, here: part.value, there: there[part.name]))
        }
        for part in saved.parts where here[part.name] == nil {
            differences.append(Self.difference(part.name, here: nil, there: part.value))
        }
        // The same parts in another order are the same run.
        guard !differences.isEmpty else { return nil }
        let more = differences.count - Self.mostNamed
        return differences.prefix(Self.mostNamed).joined(separator: "; ") + (more > 0 ? "; and \(more) more parts" : "")
    }

    private static func difference(_ name: String, here: String?, there: String?) -> String {
        guard let here else { return "\(name) is only in the state" }
        guard let there else { return "\(name) is not in the state" }
        if here.first == digestMark || there.first == digestMark { return "\(name) differs" }
        return "\(name) is \(here), in the state \(there)"
    }

    private var byName: [String: String] { Dictionary(parts.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }) }

    // MARK: - On disk

    /// The parts as an object.
    var json: JSON { .object(parts.map { JSON.Member($0.name, .string($0.value)) }) }

    /// Reads what `json` wrote.
    /// - Throws: `.json` for anything but an object of strings.
    init(_ json: JSON.Field) throws(CheckpointError) {
        for (name, field) in try json.members() { append(name, try field.string()) }
    }
}

extension Digest {
    /// Adds numbers after their count, so that none are told from zeros.
    fileprivate mutating func add(counted values: [Float]) {
        add(values.count)
        add(values)
    }
}
