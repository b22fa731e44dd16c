import Networks

/// The backward passes of operations that have nothing to train.
extension TrainingExecutor {
    /// Sets the gradient to 0 where the ReLU that gave `value` gave 0.
    func maskInPlace(_ gradient: FeatureMap, _ value: FeatureMap) {
        runner.overPixels(gradient.shape) { first, count in
            let at = first * gradient.shape.channels
            PointwiseOperations.reluGradient(
                value.pointer + at, outputGradient: gradient.pointer + at, into: gradient.pointer + at,
                count: count * gradient.shape.channels)
        }
    }

    /// Carries a gradient back through a pixel shuffle, to the map before it, whose channels are in shuffle order. Takes over
    /// `gradient`.
    /// - Parameter node: the shuffle's input.
    func gather(
        _ gradient: FeatureMap, node: Int, factor: Int, _ gradients: GradientMaps
    ) throws(FloatEngineError) -> FeatureMap {
        let shape = pass.shapes[node]
        let result = try gradients.acquire(shape, for: runner.network.nodes[node].name)
        runner.pool.run(pieces: shape.samples * shape.height) { piece, _ in
            let (sample, row) = (piece / shape.height, piece % shape.height)
            PixelShuffle.gatherRuns(
                gradient.sample(sample), rows: row..<row + 1, width: shape.width, channels: shape.channels, factor: factor,
                into: result.sample(sample))
        }
        gradients.release(gradient)
        return result
    }

    /// Carries a gradient back through anything but a convolution. Takes over `gradient`.
    /// - Parameter isMasked: whether what a ReLU does to it has been done.
    func backwardOperation(
        _ step: GraphPlan.Step, _ operation: Operation, _ gradient: FeatureMap, _ gradients: GradientMaps, isMasked: Bool
    ) throws(FloatEngineError) {
        let shape = gradient.shape
        let channels = shape.channels
        let input = step.inputs[0]
        switch operation {
        case .input, .convolution: gradients.release(gradient)
        case .affine(let scale, _):
            let own = try gradients.own(gradient)
            let pointer = own.pointer
            runner.overPixels(shape) { first, count in
                PointwiseOperations.affine(
                    pointer + first * channels, scale: scale, shift: nil, into: pointer + first * channels, pixels: count,
                    channels: channels)
            }
            try gradients.give(own, to: input)
        case .relu:
            guard !isMasked, let value = pass.values[step.output] else { return try gradients.give(gradient, to: input) }
            let own = try gradients.own(gradient)
            maskInPlace(own, value)
            try gradients.give(own, to: input)
        case .leakyRelu(let slope):
            let own = try gradients.own(gradient)
            preluInPlace(own, pass.values[input], slopes: [slope])
            try gradients.give(own, to: input)
        case .prelu(let slopes):
            let own = try gradients.own(gradient)
            preluInPlace(own, pass.values[input], slopes: slopes)
            try gradients.give(own, to: input)
        case .multiply(let factor):
            let own = try gradients.own(gradient)
            let pointer = own.pointer
            runner.overPixels(shape) { first, count in
                PointwiseOperations.multiply(
                    pointer + first * channels, by: factor, into: pointer + first * channels, count: count * channels)
            }
            try gradients.give(own, to: input)
        case .tanh:
            let own = try gradients.own(gradient)
            let pointer = own.pointer
            if let value = pass.values[step.output] {
                runner.overPixels(shape) { first, count in
                    let at = first * channels
                    PointwiseOperations.tanhGradient(
                        value.pointer + at, outputGradient: pointer + at, into: pointer + at, count: count * channels)
                }
            }
            try gradients.give(own, to: input)
        case .add:
            for reader in step.inputs { try gradients.share(gradient, with: reader) }
            gradients.release(gradient)
        case .concatenate:
            var offset = 0
            for reader in step.inputs {
                let part = pass.shapes[reader]
                if demand.needsGradient[reader] {
                    let slice = try gradients.acquire(part, for: "concatenate")
                    let begin = offset
                    runner.overPixels(part) { first, count in
                        PointwiseOperations.extractChannels(
                            gradient.pointer + first * channels, width: channels, offset: begin,
                            into: slice.pointer + first * part.channels, channels: part.channels, pixels: count)
                    }
                    try gradients.give(slice, to: reader)
                }
                offset += part.channels
            }
            gradients.release(gradient)
        case .pixelShuffle(let factor):
            try gradients.give(gatherUnfused(gradient, input: input, factor: factor, gradients), to: input)
        case .resizeBilinear(let factor):
            let target = pass.shapes[input]
            let map = try gradients.acquire(target, for: "resize")
            map.pointer.update(repeating: 0, count: target.count)
            runner.pool.run(pieces: target.samples) { sample, _ in
                BilinearResize.addGradient(
                    gradient.sample(sample), height: target.height, width: target.width, channels: target.channels, factor: factor,
                    to: map.sample(sample))
            }
            try gradients.give(map, to: input)
            gradients.release(gradient)
        }
    }

    /// Carries a gradient back through a PReLU whose input was `value`, in the gradient's own memory.
    private func preluInPlace(_ gradient: FeatureMap, _ value: FeatureMap?, slopes: [Float]) {
        guard let value else { return }
        let channels = gradient.shape.channels
        runner.overPixels(gradient.shape) { first, count in
            let at = first * channels
            PointwiseOperations.preluGradient(
                value.pointer + at, slopes: slopes, outputGradient: gradient.pointer + at, into: gradient.pointer + at,
                pixels: count,
                channels: channels)
        }
    }

    /// Carries a gradient back through a pixel shuffle that is a step of its own. Takes over `gradient`.
    private func gatherUnfused(
        _ gradient: FeatureMap, input: Int, factor: Int, _ gradients: GradientMaps
    ) throws(FloatEngineError) -> FeatureMap {
        let result = try gather(gradient, node: input, factor: factor, gradients)
        guard plan.shuffles[input] == nil else { return result }
        // The map before this shuffle is in plain channel order.
        let order = WeightLayout.shuffleOrder(outputs: result.shape.channels, factor: factor)
        let channels = result.shape.channels
        runner.overPixels(result.shape) { first, count in
            var sorted = [Float](repeating: 0, count: channels)
            for pixel in first..<first + count {
                let at = result.pointer + pixel * channels
                for (plain, stored) in order.enumerated() { sorted[plain] = at[stored] }
                for channel in 0..<channels { at[channel] = sorted[channel] }
            }
        }
        return result
    }
}
