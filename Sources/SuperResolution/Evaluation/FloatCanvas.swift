import Tensors

/// `[1, height, width, 3]` while it is being made, by several threads at a time in different places.
struct FloatCanvas {
    private let memory: AlignedBuffer
    private let width, height: Int

    init(width: Int, height: Int) throws(SuperResolutionError) {
        guard let memory = AlignedBuffer(count: width * height * 3) else {
            throw .memory("an image of \(width) x \(height) pixels: no memory for \(width * height * 12) bytes")
        }
        (self.memory, self.width, self.height) = (memory, width, height)
    }

    func draw(_ values: UnsafePointer<Float>, y: Int, x: Int, pixels: Int) {
        (memory.pointer + (y * width + x) * 3).update(from: values, count: pixels * 3)
    }

    var tensor: Tensor {
        Tensor(
            dimensions: [1, height, width, 3],
            values: [Float](UnsafeBufferPointer(start: memory.pointer, count: width * height * 3)))
    }
}
