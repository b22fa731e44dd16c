extension Network {
    /// The same function with every batch normalisation that directly follows a convolution merged into it.
    ///
    /// `s · (W ∗ x + b) + t = (s · W) ∗ x + (s · b + t)` per output channel, computed in double and rounded once. A convolution
    /// that others read too is left alone, and so are shifts by the mean colour.
    public func foldingBatchNorm() -> Network {
        var readers = [Int](repeating: 0, count: nodes.count)
        for node in nodes { for input in node.inputs where readers.indices.contains(input) { readers[input] += 1 } }

        var folded: [Node] = []
        var newIndex: [Int] = []
        for node in nodes {
            let inputs = node.inputs.map { newIndex.indices.contains($0) ? newIndex[$0] : $0 }
            if case .affine(let scale, let shift) = node.operation, !ColourConversion.affineNames.contains(node.name),
                node.inputs.count == 1, newIndex.indices.contains(node.inputs[0]), readers[node.inputs[0]] == 1,
                case .convolution(let convolution) = folded[inputs[0]].operation, scale.count == convolution.outputs
            {
                folded[inputs[0]].operation = .convolution(convolution.scaled(by: scale, shiftedBy: shift))
                newIndex.append(inputs[0])
            } else {
                newIndex.append(folded.count)
                folded.append(Node(name: node.name, operation: node.operation, inputs: inputs))
            }
        }
        return Network(architecture: architecture, scale: scale, nodes: folded)
    }
}

extension Convolution {
    fileprivate func scaled(by scale: [Float], shiftedBy shift: [Float]) -> Convolution {
        var weight = weight
        let perOutput = weight.values.count / outputs
        for index in weight.values.indices {
            weight.values[index] = Float(Double(weight.values[index]) * Double(scale[index / perOutput]))
        }
        var bias = shift
        if let old = self.bias {
            for output in 0..<outputs { bias[output] = Float(Double(old[output]) * Double(scale[output]) + Double(shift[output])) }
        }
        return Convolution(role: role, weight: weight, bias: bias)
    }
}
