/// Weights in closed form: those by which a layer of the quantized network comes closest to the results of the float one, and their
/// rounding one after the other, each making up for those before it (docs/method.md, "Weights in closed form"; GPTAQ and GPTQ).
package struct ClosedForm {
    /// The share of the mean of the sums' diagonal that is added to it, so that a channel that is hardly ever used keeps its weights.
    package static let damping = 0.01

    /// How many numbers there are for each output: the bias and the weights.
    private let size: Int
    private let own, cross: [Float]
    /// The places in a window in the order in which they are factorized: the bias first, then from the smallest sum of squares to
    /// the largest.
    private let order: [Int]
    private let factor: TriangularFactor

    /// Makes the equations of a layer; nil where they have no solution.
    package init?(_ sums: ProductSums) {
        let size = sums.size
        (self.size, own, cross) = (size, sums.own, sums.cross)
        let diagonal = (0..<size).map { Double(sums.own[$0 * size + $0]) }
        let added = Self.damping * diagonal.dropFirst().reduce(0, +) / Double(max(size - 1, 1))
        let order = [0] + (1..<size).sorted { (diagonal[$0], $0) < (diagonal[$1], $1) }
        self.order = order
        var matrix = [Double](repeating: 0, count: size * size)
        for (i, from) in order.enumerated() {
            for (j, other) in order.enumerated() where j <= i { matrix[i * size + j] = Double(sums.own[from * size + other]) }
            matrix[i * size + i] += i == 0 ? 1e-6 * diagonal[0] : added + 1e-6
        }
        guard let factor = TriangularFactor(matrix, size: size) else { return nil }
        self.factor = factor
    }

    /// Returns the bias and the weights of one output that fit best: w + (Σ x_q x_qᵀ + λ)⁻¹ · (Σ x_q x_fᵀ - Σ x_q x_qᵀ) · w, which is
    /// least squares towards the float layer's results, drawn towards w by the damping λ.
    /// - Parameter float: the bias and the weights of the float layer.
    package func fitted(_ float: [Float]) -> [Float] {
        var missing = [Double](repeating: 0, count: size)
        for i in 0..<size {
            var sum = 0.0
            for j in 0..<size { sum += Double(cross[i * size + j] - own[i * size + j]) * Double(float[j]) }
            missing[i] = sum
        }
        let moves = factor.solved(order.map { missing[$0] })
        var result = float
        for (place, move) in zip(order, moves) { result[place] += Float(move) }
        return result
    }

    /// Returns the bias and the weights of one output after rounding, the weights one after the other: each is moved by what those
    /// that are rounded already did to the result, as far as it can make up for that, before it is rounded itself. The bias comes
    /// last and is not rounded.
    ///
    /// With e the errors and A = L · Lᵀ the damped sums, the squared error is |Lᵀ · e|². Going through L's rows from the last, each
    /// weight makes its own component of Lᵀ · e as small as a level allows.
    /// - Parameter round: gives the level of a weight.
    package func rounded(_ values: [Float], _ round: (Float) -> Float) -> [Float] {
        var result = values
        // (Lᵀ · e) for the rows that are still to come, from the errors so far.
        var pulls = [Double](repeating: 0, count: size)
        for row in (0..<size).reversed() {
            let place = order[row]
            let wanted = Double(values[place]) + pulls[row] / factor[row, row]
            let level = row == 0 ? Float(wanted) : round(Float(wanted))
            result[place] = level
            let error = Double(values[place]) - Double(level)
            for other in 0..<row { pulls[other] += factor[row, other] * error }
        }
        return result
    }
}
