import Quantizers

extension QuantizedNetwork {
    /// Gives a layer levels that somebody has chosen instead of its activation quantizer.
    ///
    /// - Throws: `.noMatch` for a layer that is not there or whose input stays in float; `.layer` for levels that its bits cannot
    ///   have.
    public mutating func setLevels(_ levels: [Float], layer name: String) throws(QuantizedNetworkError) {
        let nodes = quantizedNodes.filter { layers[$0]?.activation != nil }
        guard let node = nodes.first(where: { network.nodes[$0].name == name }), let bits = layers[node]?.activation?.bits else {
            throw .noMatch(pattern: name, layers: nodes.map { network.nodes[$0].name })
        }
        do {
            layers[node]?.activation = try LevelQuantizer(bits: bits, levels: levels)
            // Chosen levels are the same for every image.
            layers[node]?.measure = nil
        } catch {
            throw .layer(name: name, error)
        }
        if !recipe.levels.contains(name) { recipe.levels.append(name) }
    }
}
