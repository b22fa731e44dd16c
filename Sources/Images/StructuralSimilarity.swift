import Glibc

/// The structural similarity of two planes in 0…255 (Wang et al. 2004): 11 × 11 Gaussian window of sigma 1.5, K1 = 0.01, K2 =
/// 0.03, L = 255, the mean over every position at which the window lies inside.
enum StructuralSimilarity {
    static let windowSide = 11

    /// Returns the mean structural similarity of two planes.
    ///
    /// Edge cases: it is NaN for planes that are smaller than the window.
    /// - Precondition: The planes have one size.
    static func mean(_ a: Plane, _ b: Plane) -> Double {
        let (width, side) = (a.width, windowSide)
        guard width >= side, a.height >= side else { return .nan }
        let weights = window
        let (c1, c2) = (0.01 * 255 * 0.01 * 255, 0.03 * 255 * 0.03 * 255)
        var total = 0.0
        a.values.withUnsafeBufferPointer { a in
            b.values.withUnsafeBufferPointer { b in
                // The formula needs the sum of both variances only, so four filtered maps are enough.
                withUnsafeTemporaryAllocation(of: SIMD4<Double>.self, capacity: width) { columns in
                    for top in 0...(a.count / width - side) {
                        columns.initialize(repeating: .zero)
                        for line in 0..<side {
                            let (row, weight) = ((top + line) * width, weights[line])
                            for x in 0..<width {
                                let (p, q) = (a[row + x], b[row + x])
                                columns[x] += weight * SIMD4(p, q, p * p + q * q, p * q)
                            }
                        }
                        var rowTotal = 0.0
                        for left in 0...(width - side) {
                            var moments = SIMD4<Double>.zero
                            for tap in 0..<side { moments += weights[tap] * columns[left + tap] }
                            let product = moments.x * moments.y
                            let squares = moments.x * moments.x + moments.y * moments.y
                            let numerator = (2 * product + c1) * (2 * (moments.w - product) + c2)
                            rowTotal += numerator / ((squares + c1) * (moments.z - squares + c2))
                        }
                        total += rowTotal
                    }
                }
            }
        }
        return total / Double((width - side + 1) * (a.height - side + 1))
    }

    /// The window in one dimension; the whole window is the product of two of these.
    static var window: [Double] {
        let raw = (0..<windowSide).map { index in
            let distance = Double(index - windowSide / 2)
            return exp(-distance * distance / (2 * 1.5 * 1.5))
        }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }
}
