import Glibc

/// The sensitivity of layers, Eq. 4: how much each layer's distortion counts (docs/method.md, "Sensitivity").
public enum Sensitivity {
    /// Returns the softmax of the layers' deviations, each divided by `temperature` (1 is the paper's).
    ///
    /// The largest deviation is subtracted before the exponential: deviations on a 0…255 scale are tens to hundreds, and beyond
    /// 709 a plain exponential overflows double precision.
    public static func weights(deviations: [Double], temperature: Double) -> [Double] {
        let scaled = deviations.map { $0 / temperature }
        let largest = scaled.max() ?? 0
        let exponentials = scaled.map { exp($0 - largest) }
        let sum = exponentials.reduce(0, +)
        return exponentials.map { $0 / sum }
    }
}
