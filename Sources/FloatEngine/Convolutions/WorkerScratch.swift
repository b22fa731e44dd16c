import Tensors

/// Scratch memory of one worker, which grows and is never shared.
package struct WorkerScratch {
    private(set) var input: AlignedBuffer?
    /// One band of what `TapSums` adds up.
    private(set) var products: AlignedBuffer?
    /// One band of a convolution's result on its way elsewhere.
    package private(set) var result: AlignedBuffer?
    private(set) var library: AlignedBuffer?

    package init() {}

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
