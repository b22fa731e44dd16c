/// The weights of one layer as whole numbers: a weight is its code times the unit of its group.
public struct IntegerWeights: Sendable, Equatable {
    /// The whole numbers, in the order of the weights.
    public let codes: [Int16]
    /// The number that a code of 1 stands for, one per group.
    public let units: [Float]

    /// Returns the largest sum, over output channels, of the magnitudes of a channel's codes. An integer engine needs it to bound
    /// its sums.
    /// - Parameter outputs: the number of output channels, which divides the number of codes.
    public func largestSum(outputs: Int) -> Double {
        guard outputs > 0 else { return 0 }
        let size = codes.count / outputs
        let sums = (0..<outputs).map { codes[$0 * size..<($0 + 1) * size].reduce(0) { $0 + Int($1.magnitude) } }
        return Double(sums.max() ?? 0)
    }
}

extension SymmetricWeightQuantizer {
    public func integers(_ weights: [Float]) -> IntegerWeights? {
        IntegerWeights(codes: codes(weights).map(Int16.init), units: (0..<groups).map { self[$0].step })
    }

    public func snapped(_ weights: [Float], outputs: Int, largestSum: Double) -> Self? { self }
}
