/// The lower triangular matrix L of a symmetric positive definite one, A = L · Lᵀ (Cholesky), in double precision.
package struct TriangularFactor {
    package let size: Int
    /// The rows of L one after the other, each as long as its number plus one.
    private var rows: [[Double]]

    /// Factorizes a matrix; nil where it is not positive definite.
    /// - Parameter matrix: `[size][size]`; only the lower triangle is read.
    package init?(_ matrix: [Double], size: Int) {
        self.size = size
        rows = []
        rows.reserveCapacity(size)
        for i in 0..<size {
            var row = [Double](repeating: 0, count: i + 1)
            for j in 0...i {
                var sum = matrix[i * size + j]
                let other = j == i ? row : rows[j]
                for k in 0..<j { sum -= row[k] * other[k] }
                if j < i {
                    row[j] = sum / rows[j][j]
                } else {
                    guard sum > 0, sum.isFinite else { return nil }
                    row[i] = sum.squareRoot()
                }
            }
            rows.append(row)
        }
    }

    /// The entry of row `i` and column `j` ≤ `i`.
    package subscript(i: Int, j: Int) -> Double { rows[i][j] }

    /// Returns the solution x of A · x = b.
    package func solved(_ b: [Double]) -> [Double] {
        var x = b
        for i in 0..<size {
            var sum = x[i]
            for k in 0..<i { sum -= rows[i][k] * x[k] }
            x[i] = sum / rows[i][i]
        }
        for i in (0..<size).reversed() {
            x[i] /= rows[i][i]
            for k in 0..<i { x[k] -= rows[i][k] * x[i] }
        }
        return x
    }
}
