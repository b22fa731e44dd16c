import Glibc
import Quantizers

/// AdaBM's layer-wise bit mapping: layers whose inputs spread little take a bit less, those whose inputs spread much a bit more
/// (docs/baselines.md, "Image and layer measures").
///
/// Every adaptive layer has a number m, its measure, which finetuning moves. The layer adds g(m) = round(clamp(m, -1, 1)) bits,
/// halves rounded to even.
public enum LayerMeasure {
    /// Returns the measures to start with: -1 for layers below the 30th percentile of all deviations, 1 for those above the 70th,
    /// else 0.
    /// - Parameter deviations: for each adaptive layer the standard deviation of its input, as a mean over images, then over
    ///   batches.
    package static func initial(deviations: [Double]) -> [Float] {
        guard let lower = Percentile.of(deviations, 30), let upper = Percentile.of(deviations, 70) else { return [] }
        return deviations.map { Float($0) < lower ? -1 : Float($0) > upper ? 1 : 0 }
    }

    /// Returns g: how many bits to add to the layer's; -1, 0 or 1.
    public static func step(for measure: Float) -> Int { Int(min(max(measure, -1), 1).rounded(.toNearestOrEven)) }

    /// Returns the gradient of g, as if it were tanh(m), since g itself has no slope.
    package static func gradient(for measure: Float) -> Double {
        let soft = tanh(Double(measure))
        return 1 - soft * soft
    }
}
