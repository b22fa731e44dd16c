import Tensors

/// The gradients of nodes' results on the way back, and their memory: each is there from the last reader of the node's result,
/// which comes first, until the node itself takes it.
final class GradientMaps {
    private let runner: GraphRunner
    /// Whether anybody wants the gradient of a node's result, by node index.
    private let needed: [Bool]
    /// The gradients that are there, by node index.
    private var maps: [Int: FeatureMap] = [:]

    /// Makes an empty set of gradients.
    /// - Parameter needed: by node index, whether anybody wants the gradient of the node's result.
    init(_ runner: GraphRunner, needed: [Bool]) { (self.runner, self.needed) = (runner, needed) }

    deinit { for map in maps.values { runner.buffers.release(map.buffer) } }

    /// The gradient of a node's result; nil where there is none yet.
    subscript(node: Int) -> FeatureMap? {
        get { maps[node] }
        set { maps[node] = newValue }
    }

    /// Returns memory for a gradient; what it holds is old.
    func acquire(_ shape: Shape, for name: String) throws(FloatEngineError) -> FeatureMap {
        FeatureMap(shape: shape, buffer: try runner.buffers.acquire(shape.count, for: name))
    }

    /// Returns the gradient of a node's result, which then belongs to the caller; nil where there is none.
    func take(_ node: Int) -> FeatureMap? { maps.removeValue(forKey: node) }

    /// Hands a gradient on to the node that made the value, or adds it to what is there.
    ///
    /// Postcondition: `gradient` is nil, unless nobody wants the gradient of that node; then it stays the caller's.
    func give(_ gradient: inout FeatureMap?, to node: Int) throws(FloatEngineError) {
        guard needed[node], let map = gradient else { return }
        if maps[node] == nil {
            maps[node] = map
        } else {
            try addCopy(of: map, to: node)
            runner.buffers.release(map.buffer)
        }
        gradient = nil
    }

    /// Adds a gradient to what is there, and leaves it to the caller.
    func addCopy(of gradient: FeatureMap, to node: Int) throws(FloatEngineError) {
        let source = gradient.pointer
        let channels = gradient.shape.channels
        if let existing = maps[node] {
            runner.overPixels(gradient.shape) { first, count in
                let at = first * channels
                PointwiseOperations.add(existing.pointer + at, source + at, into: existing.pointer + at, count: count * channels)
            }
        } else {
            let copy = try acquire(gradient.shape, for: "gradient")
            copy.pointer.update(from: source, count: gradient.shape.count)
            maps[node] = copy
        }
    }
}
