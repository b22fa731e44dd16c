import Tensors

/// A feature map in the engine's memory, channels last.
struct FeatureMap {
    var shape: Shape
    var buffer: AlignedBuffer

    var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
    func sample(_ index: Int) -> UnsafeMutablePointer<Float> { buffer.pointer + index * shape.countPerSample }
    var rowCount: Int { shape.width * shape.channels }
}
