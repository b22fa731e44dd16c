import Glibc
import Quantizers

/// AdaBM's layer-wise bit mapping (facts 4.5): layers whose inputs spread little take a bit less, those that spread much a bit
/// more.
///
/// Every adaptive layer has a number m, which finetuning moves. g(m) = round(clamp(m, -1, 1)), half to even.
public enum LayerMeasure {
    /// m to start with: -1 below the 30th percentile of all deviations, 1 above the 70th, else 0.
    /// - Parameter deviations: of each adaptive layer's input: mean over batches of the mean over images of its standard
    ///   deviation.
    package static func initial(deviations: [Double]) -> [Float] {
        guard let lower = Percentile.of(deviations, 30), let upper = Percentile.of(deviations, 70) else { return [] }
        return deviations.map { Float($0) < lower ? -1 : Float($0) > upper ? 1 : 0 }
    }

    /// g: bits to add to the layer's; -1, 0 or 1.
    public static func step(for measure: Float) -> Int { Int(min(max(measure, -1), 1).rounded(.toNearestOrEven)) }

    /// Of g, which is trained as if it were tanh(m).
    package static func gradient(for measure: Float) -> Double {
        let soft = tanh(Double(measure))
        return 1 - soft * soft
    }
}
