import Tensors

/// A layer's convolution (stride 1, zeros around the image) that is computed by other means than oneDNN.
///
/// Maps are channels last, outputs in the order in which the layer's results are stored (`TrainingExecutor.shuffle`). What it
/// computes may depend on which rows are asked for together, which follows from the shape of the map, but not on the thread.
/// Several threads may run it at the same time.
public protocol RowsConvolution: Sendable {
    /// How many channels the result has.
    var outputs: Int { get }

    /// The number of rows that are computed together: rows are asked for in multiples of it, but for the last ones of a map, and
    /// from multiples of it on.
    var rowsTogether: Int { get }

    /// Returns how many floats of scratch memory `run` needs.
    func scratchCount(rows: Int, width: Int) -> Int

    /// Computes rows of the result, `[rows.count, width, outputs]`.
    /// - Parameters:
    ///   - input: the first row of `[height, width, inputs]`, before any quantizer.
    ///   - fused: what is done with inputs and results on the way.
    func run(
        rows: Range<Int>, height: Int, width: Int, input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        fused: RowsFusion, scratch: UnsafeMutablePointer<Float>)
}

/// What a `RowsConvolution` does with its inputs and results while it has them at hand.
public struct RowsFusion {
    /// The factor of the pixel shuffle that the input went through and that is undone: the input is `[height · factor,
    /// width · factor, inputs / factor²]`. 1: it went through none.
    public var gathered = 1
    /// Whether negative results become 0.
    public var relu = false
    /// The factor of the pixel shuffle that the results go through, whose outputs are in shuffle order: the result is
    /// `[rows.count · factor, width · factor, outputs / factor²]`. 1: they go through none.
    public var shuffle = 1
    /// The numbers that are added to the results, `[rows.count, width, outputs]`, which may be where the results go; nil: none.
    public var added: UnsafePointer<Float>?

    /// Makes a description of what is to be done; by default nothing.
    public init(gathered: Int = 1, relu: Bool = false, shuffle: Int = 1, added: UnsafePointer<Float>? = nil) {
        (self.gathered, self.relu, self.shuffle, self.added) = (gathered, relu, shuffle, added)
    }
}

/// The numbers that a banded convolution computes with.
enum BandWeights {
    /// oneDNN's weights, by band.
    case library([AlignedBuffer], bias: AlignedBuffer?, scales: AlignedBuffer?)
    /// The weights of `FusedWinograd`.
    case fused(AlignedBuffer, bias: AlignedBuffer?)
    /// A convolution that has weights of its own.
    case rows(any RowsConvolution)
}
