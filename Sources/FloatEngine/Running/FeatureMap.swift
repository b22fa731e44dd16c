import Tensors

/// A feature map in the engine's memory, `[samples][height][width][channels]`. The memory may be larger than the map.
struct FeatureMap {
    var shape: Shape
    var buffer: AlignedBuffer

    /// The first number of the map.
    var pointer: UnsafeMutablePointer<Float> { buffer.pointer }
    /// Returns the first number of a sample.
    func sample(_ index: Int) -> UnsafeMutablePointer<Float> { buffer.pointer + index * shape.countPerSample }
    /// How many numbers a row has.
    var rowCount: Int { shape.width * shape.channels }
}
