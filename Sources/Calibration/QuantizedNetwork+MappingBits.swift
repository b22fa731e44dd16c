import QuantizedNetworks

extension QuantizedNetwork {
    /// Makes all layers adaptive that AdaBM adapts: those below 8 bits, but for RDN's local fusions (docs/baselines.md, "Image and
    /// layer measures").
    /// - Parameters:
    ///   - thresholds: the thresholds of image-wise bit mapping.
    ///   - inputDeviations: for each node index the mean standard deviation of the layer's input.
    mutating func mapBits(thresholds: ImageThresholds?, inputDeviations: [Int: Double]) {
        let fusions = network.localFusions
        let nodes = quantizedNodes.filter { layers[$0]?.hasLowBits == true && !fusions.contains($0) }
        let measures = LayerMeasure.initial(deviations: nodes.map { inputDeviations[$0] ?? 0 })
        for (node, measure) in zip(nodes, measures) { layers[node]?.measure = measure }
        imageThresholds = thresholds
    }
}
