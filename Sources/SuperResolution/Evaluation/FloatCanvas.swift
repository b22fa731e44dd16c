import Machine
import Tensors

/// A tensor `[1, height, width, 3]` while it is being made: several threads may draw at the same time, into different pixels.
///
/// A copy shares the memory, so `draw` need not be `mutating` and closures may hold the canvas.
struct FloatCanvas {
    private let memory: AlignedBuffer
    private let width, height: Int

    /// Makes a canvas of `width` x `height` pixels, whose values are not set yet.
    ///
    /// - Throws: `.memory` if there is no room for its 12 bytes a pixel, and as many again for `tensor`.
    init(width: Int, height: Int) throws(SuperResolutionError) {
        let bytes = 2 * width * height * 3 * MemoryLayout<Float>.size
        guard Memory.isAvailable(bytes: bytes), let memory = AlignedBuffer(count: width * height * 3) else {
            throw .memory("an image of \(width) x \(height) pixels takes \(Memory.text(bytes: bytes)), more memory than there is")
        }
        (self.memory, self.width, self.height) = (memory, width, height)
    }

    /// Copies `pixels` pixels of three values each to row `y`, from column `x` on.
    func draw(_ values: UnsafePointer<Float>, y: Int, x: Int, pixels: Int) {
        (memory.pointer + (y * width + x) * 3).update(from: values, count: pixels * 3)
    }

    /// The canvas as a tensor, once every pixel has been drawn; the values are copied.
    var tensor: Tensor {
        Tensor(
            dimensions: [1, height, width, 3],
            values: [Float](UnsafeBufferPointer(start: memory.pointer, count: width * height * 3)))
    }
}
