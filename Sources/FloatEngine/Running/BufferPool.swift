import Tensors

/// The memory of feature maps, which is handed back when the last reader is done and used again for the next map that fits. Used by
/// one thread at a time.
final class BufferPool {
    /// The buffers that no map uses.
    private var free: [AlignedBuffer] = []

    /// Returns a buffer of at least `count` floats, whose contents are old. Where the system refuses one, free buffers are given
    /// back first.
    /// - Throws: `.memory`, which names the node.
    func acquire(_ count: Int, for node: String) throws(FloatEngineError) -> AlignedBuffer {
        // The tightest fit is taken, but never a buffer that wastes more than it holds.
        let fitting = free.indices.filter { free[$0].count >= count && free[$0].count <= 2 * count + 4096 }
        if let best = fitting.min(by: { free[$0].count < free[$1].count }) { return free.remove(at: best) }
        if let buffer = AlignedBuffer(count: count) { return buffer }
        free.removeAll()
        guard let buffer = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: count * MemoryLayout<Float>.stride) }
        return buffer
    }

    /// Takes a buffer back that nobody reads any more.
    func release(_ buffer: AlignedBuffer) { free.append(buffer) }

    /// Gives the free buffers back to the system.
    func releaseAll() { free.removeAll() }
}
