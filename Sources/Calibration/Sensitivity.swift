import Glibc

/// Eq. (4): how much each layer's distortion counts.
public enum Sensitivity {
    /// The softmax of the layers' deviations, divided by `temperature` (1 is the paper's). Stable for any size of the
    /// deviations, which on 0…255 scales would overflow a plain exponential.
    public static func weights(deviations: [Double], temperature: Double) -> [Double] {
        let scaled = deviations.map { $0 / temperature }
        let largest = scaled.max() ?? 0
        let exponentials = scaled.map { exp($0 - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}
