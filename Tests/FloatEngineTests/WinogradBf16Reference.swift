/// A 3×3 convolution by Winograd's F(4×4, 3×3) with factors rounded to bf16, as plainly as it can be written.
struct WinogradBf16Reference {
    let weights: [Float]
    let inputs, outputs: Int

    private static let g: [[Double]] = [
        [1 / 4, 0, 0], [-1 / 6, -1 / 6, -1 / 6], [-1 / 6, 1 / 6, -1 / 6], [1 / 24, 1 / 12, 1 / 6], [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ]
    private static let a: [[Double]] = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]

    static func rounded(_ value: Float) -> Double {
        let bits = value.bitPattern
        return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
    }

    /// One direction of the inputs' transform, in the order of operations that the kernels have: what is rounded has to be the
    /// same.
    private static func line(_ d: [Float]) -> [Float] {
        let (even, odd, even2, odd2) = (d[4] - d[2] * 4, d[3] - d[1] * 4, d[4] - d[2], (d[3] - d[1]) * 2)
        return [d[0] * 4 - d[2] * 5 + d[4], even + odd, even - odd, even2 + odd2, even2 - odd2, d[1] * 4 - d[3] * 5 + d[5]]
    }

    private static func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
        left.map { row in (0..<right[0].count).map { column in row.indices.reduce(0) { $0 + row[$1] * right[$1][column] } } }
    }

    private static func turned<Value>(_ matrix: [[Value]]) -> [[Value]] {
        matrix[0].indices.map { column in matrix.map { $0[column] } }
    }

    func run(_ x: [Float], height: Int, width: Int) -> [Double] {
        var result = [Double](repeating: 0, count: height * width * outputs)
        let factors = (0..<outputs * inputs).map { index in
            let taps = (0..<3).map { row in (0..<3).map { Double(weights[index * 9 + row * 3 + $0]) } }
            return Self.product(Self.product(Self.g, taps), Self.turned(Self.g)).map { $0.map { Self.rounded(Float($0)) } }
        }
        for top in stride(from: 0, to: height, by: 4) {
            for left in stride(from: 0, to: width, by: 4) {
                let tiles = (0..<inputs).map { channel in tile(x, height, width, top - 1, left - 1, channel) }
                for output in 0..<outputs {
                    var sums = [[Double]](repeating: [Double](repeating: 0, count: 6), count: 6)
                    for channel in 0..<inputs {
                        let weight = factors[output * inputs + channel]
                        for row in 0..<6 {
                            for column in 0..<6 { sums[row][column] += tiles[channel][row][column] * weight[row][column] }
                        }
                    }
                    let values = Self.product(Self.product(Self.a, sums), Self.turned(Self.a))
                    for row in 0..<min(4, height - top) {
                        for column in 0..<min(4, width - left) {
                            result[((top + row) * width + left + column) * outputs + output] = values[row][column]
                        }
                    }
                }
            }
        }
        return result
    }

    /// Transformed and rounded inputs of one channel.
    private func tile(_ x: [Float], _ height: Int, _ width: Int, _ top: Int, _ left: Int, _ channel: Int) -> [[Double]] {
        let pixels = (top..<top + 6).map { y in
            (left..<left + 6).map { column -> Float in
                guard (0..<height).contains(y), (0..<width).contains(column) else { return 0 }
                return x[(y * width + column) * inputs + channel]
            }
        }
        let half = Self.turned(Self.turned(pixels).map(Self.line))
        return half.map { Self.line($0).map(Self.rounded) }
    }
}
