import CKernels

/// A convolution on maps of one size, for an engine that has rows where `Executor` has maps: it runs, band by band, the same
/// primitives on the same numbers, so it gives the same bytes. Any number of threads may run it, each with its own scratch memory.
package final class ConvolutionBands {
    /// The convolution.
    package let convolution: FloatConvolution
    private let banded: BandedConvolution
    private let weights: BandWeights

    /// Makes the primitives and packs the weights.
    init(
        _ convolution: FloatConvolution, _ weights: LayerWeights, height: Int, width: Int, _ library: ConvolutionLibrary
    ) throws(FloatEngineError) {
        self.convolution = convolution
        banded = try BandedConvolution(
            convolution.description(height: height, width: width), library: library, node: convolution.name)
        self.weights = try banded.packedWeights(weights)
    }

    /// Makes sure that a thread has the scratch memory for a band.
    package func reserve(_ scratch: inout WorkerScratch) throws(FloatEngineError) {
        try banded.reserve(&scratch, keepsResult: true, node: convolution.name)
    }

    /// Computes the band whose first row is `first` into `scratch.result`, `[rows][width][outputs]`.
    ///
    /// - Parameters:
    ///   - row: a row of the input, `[width][inputs]`, quantized where it has to be.
    ///   - other: a row of what the result is added to, where the convolution accumulates.
    /// - Returns: what failed, or nil.
    package func run(
        from first: Int, row: (Int) -> UnsafePointer<Float>, other: (Int) -> UnsafePointer<Float>?, scratch: WorkerScratch
    ) -> String? {
        precondition(banded.description.fused == nil, "rows of a fused convolution are computed by stretches")
        let index = first / banded.bands[0].output.count
        let rows = banded.bands[index].output
        guard rows.lowerBound == first, let result = scratch.result?.pointer else { return "no band begins in row \(first)" }
        if convolution.accumulates {
            let count = banded.description.width * banded.description.outputs
            for y in rows {
                guard let other = other(y) else { return "nothing to add to" }
                (result + (y - first) * count).update(from: other, count: count)
            }
        }
        guard case .library(let packed, let bias, _) = weights,
            let source = banded.source(band: index, row: row, quantizer: nil, scratch: scratch)
        else { return "no scratch memory" }
        return banded.compute(band: index, source: source, weights: packed[index], bias: bias, into: result, scratch: scratch)
    }

    /// Computes a stretch of up to four rows by a kernel that says itself what becomes of the results, where
    /// `convolution.rowsTogether` is 4.
    ///
    /// - Parameters:
    ///   - rows: the six rows of the input around them, `[width][inputs]` at column `x`; nil for what lies outside the map.
    ///   - x: the first column, a multiple of 4.
    ///   - results: what becomes of the results; the first row is a multiple of 4.
    /// - Returns: what failed, or nil.
    package func run(
        rows: UnsafePointer<UnsafePointer<Float>?>, x: Int, scratch: WorkerScratch, into results: UnsafePointer<srq_results>
    ) -> String? {
        guard let fused = banded.description.fused, case .fused(let weights, let bias) = weights else {
            return "the layer is computed in bands"
        }
        return fused.run(
            rows: rows, x: x, width: banded.description.width, weights: weights, bias: bias, scratch: scratch, into: results)
    }
}
