import Tensors

extension Network {
    /// All learned numbers of the graph, each vector under the name that `init(json:tensors:file:)` looks for: `<node>.weight` and
    /// `<node>.bias` of convolutions, `<node>.scale` and `<node>.shift` of affine operations, `<node>.slopes` of PReLUs.
    public var tensors: [(name: String, tensor: Tensor)] { nodes.flatMap(\.tensors) }

    /// The weights under the names they had in the checkpoint, which `recognise` turns into the same network again.
    ///
    /// A batch normalisation has lost its statistics: it comes out with mean 0 and variance 1 − 1e-5, so that the 1e-5 that is
    /// added to the variance makes it 1, and no bit of the function changes.
    public var checkpointTensors: [(name: String, tensor: Tensor)] { nodes.flatMap(\.checkpointTensors) }
}

extension Node {
    /// The tensors of the node under the names of a model file.
    var tensors: [(name: String, tensor: Tensor)] {
        switch operation {
        case .convolution(let convolution): tensors(of: convolution)
        case .affine(let scale, let shift): [vector("scale", scale), vector("shift", shift)]
        case .prelu(let slopes): [vector("slopes", slopes)]
        default: []
        }
    }

    /// The tensors of the node under the names of a checkpoint.
    fileprivate var checkpointTensors: [(name: String, tensor: Tensor)] {
        switch operation {
        case .convolution(let convolution): tensors(of: convolution)
        case .prelu(let slopes): [vector("weight", slopes)]
        case .affine(let scale, let shift): affineCheckpointTensors(scale, shift)
        default: []
        }
    }

    /// Returns the tensors that an affine operation came from: those of a stored mean colour or of a batch normalisation, or none
    /// for an implied mean colour.
    private func affineCheckpointTensors(_ scale: [Float], _ shift: [Float]) -> [(name: String, tensor: Tensor)] {
        if [ColourConversion.subtractStoredMean, ColourConversion.addStoredMean].contains(name) {
            var diagonal = Tensor(zeros: [scale.count, scale.count, 1, 1])
            for colour in scale.indices { diagonal.values[colour * (scale.count + 1)] = scale[colour] }
            return [("\(name).weight", diagonal), vector("bias", shift)]
        }
        if ColourConversion.affineNames.contains(name) { return [] }
        return [
            vector("weight", scale), vector("bias", shift),
            vector("running_mean", [Float](repeating: 0, count: scale.count)),
            vector("running_var", [Float](repeating: 1 - 1e-5, count: scale.count)),
        ]
    }

    private func tensors(of convolution: Convolution) -> [(name: String, tensor: Tensor)] {
        [("\(name).weight", convolution.weight)] + (convolution.bias.map { [vector("bias", $0)] } ?? [])
    }

    private func vector(_ part: String, _ values: [Float]) -> (name: String, tensor: Tensor) {
        ("\(name).\(part)", Tensor(dimensions: [values.count], values: values))
    }
}
