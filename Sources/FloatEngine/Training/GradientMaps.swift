import Tensors

/// The gradients of nodes' results on the way back, and their memory: each is there from the last reader of the node's result,
/// which comes first, until the node itself takes it.
///
/// Several nodes can have the same gradient, as the operands of an addition do. They then share its memory, so that whoever wants
/// to change a gradient asks for one of its own (`own`) first.
final class GradientMaps {
    private let runner: GraphRunner
    /// Whether anybody wants the gradient of a node's result, by node index.
    private let needed: [Bool]
    /// The gradients that are there, by node index.
    private var maps: [Int: FeatureMap] = [:]
    /// How many others hold the same memory, for memory that is shared.
    private var others: [ObjectIdentifier: Int] = [:]

    /// Makes an empty set of gradients.
    /// - Parameter needed: by node index, whether anybody wants the gradient of the node's result.
    init(_ runner: GraphRunner, needed: [Bool]) { (self.runner, self.needed) = (runner, needed) }

    deinit { for map in maps.values { release(map) } }

    /// Whether there is a gradient of a node's result.
    func has(_ node: Int) -> Bool { maps[node] != nil }

    /// Returns memory for a gradient; what it holds is old.
    func acquire(_ shape: Shape, for name: String) throws(FloatEngineError) -> FeatureMap {
        FeatureMap(shape: shape, buffer: try runner.buffers.acquire(shape.count, for: name))
    }

    /// Takes back a gradient that its holder does not need any more.
    func release(_ map: FeatureMap) {
        guard forget(map) else { return runner.buffers.release(map.buffer) }
    }

    /// Notes that one holder less has this memory.
    /// - Returns: whether somebody else still holds it.
    private func forget(_ map: FeatureMap) -> Bool {
        let key = ObjectIdentifier(map.buffer)
        guard let count = others[key] else { return false }
        others[key] = count > 1 ? count - 1 : nil
        return true
    }

    /// Returns a gradient in memory that nobody else holds, a copy where the memory is shared. Takes over `map`.
    func own(_ map: FeatureMap) throws(FloatEngineError) -> FeatureMap {
        guard forget(map) else { return map }
        let copy = try acquire(map.shape, for: "gradient")
        runner.overPixels(map.shape) { first, count in
            let at = first * map.shape.channels
            (copy.pointer + at).update(from: map.pointer + at, count: count * map.shape.channels)
        }
        return copy
    }

    /// Returns the gradient of a node's result, which then belongs to the caller; nil where there is none.
    func take(_ node: Int) -> FeatureMap? { maps.removeValue(forKey: node) }

    /// Sets the gradient of a node's result, of which there is none yet. Takes over `map`.
    func set(_ map: FeatureMap, of node: Int) { maps[node] = map }

    /// Hands a gradient on to the node that made the value, or adds it to what is there. Takes over `gradient`.
    func give(_ gradient: FeatureMap, to node: Int) throws(FloatEngineError) {
        guard needed[node] else { return release(gradient) }
        guard let existing = take(node) else { return set(gradient, of: node) }
        let (sum, source, channels) = (try own(existing), gradient.pointer, gradient.shape.channels)
        runner.overPixels(gradient.shape) { first, count in
            let at = first * channels
            PointwiseOperations.add(sum.pointer + at, source + at, into: sum.pointer + at, count: count * channels)
        }
        set(sum, of: node)
        release(gradient)
    }

    /// Hands a gradient on as `give` does, and leaves it to the caller as well, who shares its memory from then on.
    func share(_ gradient: FeatureMap, with node: Int) throws(FloatEngineError) {
        guard needed[node] else { return }
        others[ObjectIdentifier(gradient.buffer), default: 0] += 1
        try give(gradient, to: node)
    }
}
