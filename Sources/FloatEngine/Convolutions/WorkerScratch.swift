import Tensors

/// The scratch memory of one worker, which grows and is never shared.
package struct WorkerScratch {
    /// One band of what the convolution reads, quantized or padded.
    private(set) var input: AlignedBuffer?
    /// One band of what `TapSums` adds up, or the tiles of `WinogradTiles`.
    private(set) var products: AlignedBuffer?
    /// One band of a convolution's result on its way elsewhere.
    package private(set) var result: AlignedBuffer?
    /// oneDNN's own scratch memory.
    private(set) var library: AlignedBuffer?

    /// Makes scratch memory of no size.
    package init() {}

    /// Grows each part to at least so many floats.
    mutating func reserve(input: Int, products: Int, result: Int, library: Int, node: String) throws(FloatEngineError) {
        try Self.grow(&self.input, to: input, node)
        try Self.grow(&self.products, to: products, node)
        try Self.grow(&self.result, to: result, node)
        try Self.grow(&self.library, to: library, node)
    }

    /// Replaces a buffer that is too small; what it held is lost.
    private static func grow(_ buffer: inout AlignedBuffer?, to count: Int, _ node: String) throws(FloatEngineError) {
        if let buffer, buffer.count >= count { return }
        guard let grown = AlignedBuffer(count: count) else { throw .memory(node: node, bytes: 4 * count) }
        buffer = grown
    }
}
