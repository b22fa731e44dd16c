import Glibc

/// Adam (Kingma and Ba, 2015) for a vector of parameters, β₁ = 0.9, β₂ = 0.999, ε = 1e-8. State in double precision.
struct Adam: Equatable {
    private(set) var first: [Double]
    private(set) var second: [Double]
    private(set) var steps = 0

    init(count: Int) {
        first = [Double](repeating: 0, count: count)
        second = first
    }

    init(first: [Double], second: [Double], steps: Int) { (self.first, self.second, self.steps) = (first, second, steps) }

    /// - Parameter rates: one learning rate per parameter.
    mutating func step(_ parameters: inout [Float], gradients: [Double], rates: [Double]) {
        steps += 1
        let correction1 = 1 - pow(0.9, Double(steps))
        let correction2 = 1 - pow(0.999, Double(steps))
        for i in parameters.indices {
            first[i] = 0.9 * first[i] + 0.1 * gradients[i]
            second[i] = 0.999 * second[i] + 0.001 * gradients[i] * gradients[i]
            let update = (first[i] / correction1) / ((second[i] / correction2).squareRoot() + 1e-8)
            parameters[i] = Float(Double(parameters[i]) - rates[i] * update)
        }
    }
}
