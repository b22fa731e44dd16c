import Tensors

/// A layer's convolution (stride 1, zeros around the image) computed by other means than oneDNN.
///
/// Maps are channels last, outputs in the order in which the layer's results are stored (`TrainingExecutor.shuffle`).
/// What it computes may depend on which rows are asked for together, which follows from the shape of the map, but not on the thread.
public protocol RowsConvolution: Sendable {
    var outputs: Int { get }

    /// Rows are asked for in multiples of this, but for the last ones of a map, and from multiples of it on.
    var rowsTogether: Int { get }

    /// How many floats of memory `run` needs.
    func scratchCount(rows: Int, width: Int) -> Int

    /// Computes `[rows.count, width, outputs]`.
    /// - Parameter input: the first row of `[height, width, inputs]`, before any quantizer.
    func run(
        rows: Range<Int>, height: Int, width: Int, input: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>)
}

/// What a banded convolution computes with.
enum BandWeights {
    /// oneDNN's weights, by band.
    case library([AlignedBuffer], bias: AlignedBuffer?, scales: AlignedBuffer?)
    case rows(any RowsConvolution)
}
