import Quantizers

extension QuantizedNetwork {
    /// Puts a `LevelQuantizer` with the given levels in the place of a layer's activation quantizer.
    ///
    /// - Parameters:
    ///   - levels: strictly ascending, in the units of the layer's input behind its scales; at least one and at most `2^bits`.
    ///   - name: the layer's name.
    /// - Throws: `.noMatch` for a layer that does not exist or whose input stays in float; `.layer` for levels that its bits
    ///   cannot have. The network is unchanged then.
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
