extension Network {
    /// How many numbers the network has learned: weights, biases, slopes and two per channel of a batch normalisation. Shifts by
    /// the mean colour, which are never trained, do not count.
    public var parameterCount: Int {
        let learned = nodes.filter { !ColourConversion.affineNames.contains($0.name) }
        return learned.flatMap(\.tensors).reduce(0) { $0 + $1.tensor.values.count }
    }
}
