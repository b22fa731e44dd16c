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

/// Scratch memory of one worker, which grows and is never shared.
struct WorkerScratch {
    private(set) var input: AlignedBuffer?
    /// One band of what `TapSums` adds up.
    private(set) var products: AlignedBuffer?
    /// One band of a convolution's result on its way elsewhere.
    private(set) var result: AlignedBuffer?
    private(set) var library: AlignedBuffer?

    mutating func reserve(input: Int, products: Int, result: Int, library: Int, node: String) throws(FloatEngineError) {
        try Self.grow(&self.input, to: input, node)
        try Self.grow(&self.products, to: products, node)
        try Self.grow(&self.result, to: result, node)
        try Self.grow(&self.library, to: library, node)
    }

    private static func grow(_ buffer: inout AlignedBuffer?, to count: Int, _ node: String) throws(FloatEngineError) {
        if let buffer, buffer.count >= count { return }
        guard let grown = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: 4 * count) }
        buffer = grown
    }
}
