/// Weights as whole numbers: a weight is its code times the unit of its group.
public struct IntegerWeights: Sendable, Equatable {
    /// As the weights are ordered.
    public let codes: [Int16]
    /// One per group.
    public let units: [Float]

    /// The largest sum of an output's codes' magnitudes.
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
