import Networks

/// A convolution as `Executor` computes it: its numbers in the order in which its results are stored, and what is fused to it.
package struct FloatConvolution: Sendable {
    /// The name of its node.
    package let name: String
    /// How many channels go in and come out, and how many pixels wide and high the kernel is.
    package let inputs, outputs, kernel: Int
    /// Whether negative results become 0: the operation that follows is done.
    package let relu: Bool
    /// Whether the result is added to the other operand of the addition that follows, which is done.
    package let accumulates: Bool
    /// The factor of the pixel shuffle that follows, in whose order channels are stored; 1: there is none.
    package let shuffle: Int
    let weights: [Float]
    let bias: [Float]?
    /// As `Executor` does it, whose bytes these have to be.
    private let rounds: Bool
    private let precision: Precision

    /// - Parameters:
    ///   - name: of its node.
    ///   - step: of the plan that `Executor` follows.
    ///   - override: of this layer; quantizing the input is left to the caller.
    ///   - precision: of the layer if nothing overrides it.
    package init(
        name: String, _ convolution: Convolution, _ step: GraphPlan.Step, _ override: ConvolutionOverride?,
        precision: Precision = .f32
    ) {
        self.name = name
        self.precision = override == nil ? precision : .f32
        (inputs, outputs, kernel) = (convolution.inputs, convolution.outputs, convolution.kernel)
        rounds = override?.mayRound ?? true
        (relu, accumulates, shuffle) = (step.relu, step.accumulatesInto != nil, step.shuffle)
        let (outputs, factor) = (convolution.outputs, step.shuffle > 1 ? step.shuffle : nil)
        func stored(_ values: [Float]) -> [Float] { WeightLayout.stored(values, outputs: outputs, shuffle: factor) }
        weights = stored(override?.weight ?? convolution.weight.values)
        bias = convolution.bias.map { stored(override?.bias ?? $0) }
    }

    func description(height: Int, width: Int) -> BandedConvolution.Description {
        .init(
            height: height, width: width, inputs: inputs, outputs: outputs, kernel: kernel, hasBias: bias != nil,
            accumulate: accumulates, relu: relu, shuffle: shuffle, rounds: rounds, precision: precision)
    }

    /// How many rows a kernel computes together that takes rows from anywhere and says itself what becomes of the results
    /// (`ConvolutionBands.run(rows:x:scratch:into:)`); 1: there is no such kernel, and whole bands are computed.
    package var rowsTogether: Int { description(height: 1, width: 1).fused == nil ? 1 : FusedWinograd.side }

    /// Returns how many rows are computed at a time where the map has this size: rows 0 ..< n, n ..< 2n and so on.
    package func rowsPerBand(height: Int, width: Int) -> Int {
        rowsTogether > 1 ? rowsTogether : description(height: height, width: width).bands[0].output.count
    }

    /// Returns how many bytes of scratch memory a thread needs to compute a band, oneDNN's own not counted.
    package func scratchBytes(height: Int, width: Int) -> Int {
        let demand = description(height: height, width: width).demand(keepsResult: true)
        return MemoryLayout<Float>.stride * (demand.input + demand.products + demand.result)
    }
}
