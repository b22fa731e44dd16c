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
    /// - Parameter input: the first row of `[height, width, inputs]`, before any quantizer.
    func run(
        rows: Range<Int>, height: Int, width: Int, input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>)
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
