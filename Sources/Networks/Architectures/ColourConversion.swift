/// The names of the operations around a network that bring 0…255 RGB into the colours it was trained on, and back.
///
/// They have names of their own, because they are no part of what was learned: they count as no parameters and are never folded
/// into a convolution.
enum ColourConversion {
    /// The mean colour of DIV2K where white is 1.
    static let mean: [Double] = [0.4488, 0.4371, 0.4040]

    // These are tensors in EDSR-PyTorch's checkpoints.
    static let subtractStoredMean = "sub_mean"
    static let addStoredMean = "add_mean"
    // These are not in the checkpoint.
    static let subtractMean = "input.mean"
    static let addMean = "output.mean"
    static let shrink = "input.range"
    static let stretch = "output.range"
    static let denormalise = "output.denormalise"

    /// The names of those that are affine operations.
    static let affineNames: Set = [subtractStoredMean, addStoredMean, subtractMean, addMean, denormalise]
}

/// The place that the mean colour comes from.
package enum MeanColour {
    /// The mean is in the file, as a 1×1 convolution with a diagonal weight.
    case stored
    /// The mean is `ColourConversion.mean`, for a network that sees 0…`range`.
    case implied(range: Float)
}

extension NetworkBuilder {
    /// Appends the input and, where the network does not see 0…255, its factor to 0…`range`.
    package mutating func colours(range: Float) throws(NetworkError) -> Int {
        let input = try append("input", .input(channels: 3))
        return range == 255 ? input : try append(ColourConversion.shrink, .multiply(range / 255), input)
    }

    /// Appends the factor from 0…`range` to 0…255, unless it is 1.
    package mutating func restoreColours(_ x: Int, range: Float) throws(NetworkError) -> Int {
        range == 255 ? x : try append(ColourConversion.stretch, .multiply(255 / range), x)
    }

    /// Appends the operation that takes the mean colour off, or adds it again.
    /// - Throws: `.tensor` where a stored mean is missing or its weight is not diagonal.
    package mutating func shift(by mean: MeanColour, subtracting: Bool, _ x: Int) throws(NetworkError) -> Int {
        switch mean {
        case .stored:
            return try storedShift(subtracting ? ColourConversion.subtractStoredMean : ColourConversion.addStoredMean, x)
        case .implied(let range):
            let white = Double(subtracting ? -range : range)
            let shift = ColourConversion.mean.map { Float($0 * white) }
            let name = subtracting ? ColourConversion.subtractMean : ColourConversion.addMean
            return try append(name, .affine(scale: [1, 1, 1], shift: shift), x)
        }
    }

    /// Reads a 1×1 convolution with a diagonal weight, and appends it as an affine operation.
    private mutating func storedShift(_ name: String, _ x: Int) throws(NetworkError) -> Int {
        let weight = try tensors.take(name + ".weight", [3, 3, 1, 1]).values
        guard weight.indices.allSatisfy({ $0 % 4 == 0 || weight[$0] == 0 }) else {
            throw tensors.problem(name + ".weight", "mixes colours; expected a diagonal")
        }
        let shift = try tensors.take(name + ".bias", [3]).values
        return try append(name, .affine(scale: [weight[0], weight[4], weight[8]], shift: shift), x)
    }

    /// White as the file tells it, or nil where it stores no mean colour: a network trained on 0…1 stores the colour itself, one
    /// trained on 0…255 stores 255 times that. A file that has any part of the mean is one that stores it.
    var rangeOfStoredMean: Float? {
        let names = [ColourConversion.subtractStoredMean, ColourConversion.addStoredMean]
        guard names.contains(where: { tensors.contains($0 + ".weight") || tensors.contains($0 + ".bias") }) else { return nil }
        let shifts = names.compactMap { tensors.peek($0 + ".bias")?.values }
        let largest = shifts.joined().map(\.magnitude).max() ?? 0
        return largest > 0 && largest <= 1 ? 1 : 255
    }
}
