import Tensors

/// Memory for feature maps that is handed back when the last reader is done and used again for the next map that fits.
final class BufferPool {
    private var free: [AlignedBuffer] = []

    func acquire(_ count: Int, for node: String) throws(FloatEngineError) -> AlignedBuffer {
        // The tightest fit, but never a map that wastes more than it holds.
        let fitting = free.indices.filter { free[$0].count >= count && free[$0].count <= 2 * count + 4096 }
        if let best = fitting.min(by: { free[$0].count < free[$1].count }) { return free.remove(at: best) }
        if let buffer = AlignedBuffer(count: count) { return buffer }
        free.removeAll()
        guard let buffer = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: count * MemoryLayout<Float>.stride) }
        return buffer
    }

    func release(_ buffer: AlignedBuffer) { free.append(buffer) }

    func releaseAll() { free.removeAll() }
}
