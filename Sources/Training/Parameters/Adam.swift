import Glibc

/// The optimizer Adam (Kingma and Ba, 2015) for a vector of parameters, with β₁ = 0.9, β₂ = 0.999 and ε = 1e-8. Its state is in
/// double precision, as the gradients are.
struct Adam: Equatable {
    /// The moving average of the gradients.
    private(set) var first: [Double]
    /// The moving average of the squared gradients.
    private(set) var second: [Double]
    /// How many steps were taken; they undo the averages' start at 0.
    private(set) var steps = 0

    /// Makes the state before the first step.
    init(count: Int) {
        first = [Double](repeating: 0, count: count)
        second = first
    }

    /// Makes a state that was saved.
    init(first: [Double], second: [Double], steps: Int) { (self.first, self.second, self.steps) = (first, second, steps) }

    /// Moves the parameters by one step.
    /// - Parameters:
    ///   - gradients: one per parameter.
    ///   - rates: one learning rate per parameter.
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
