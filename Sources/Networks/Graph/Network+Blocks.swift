extension Network {
    /// The additions that close residual blocks, in execution order: those that enclose no other addition between their shortcut
    /// and themselves. The skip around a whole body and one around a whole network enclose others, so they close no block.
    public var residualBlocks: [Int] {
        let spans = nodes.indices.compactMap { node in shortcut(of: node).map { (start: $0, end: node) } }
        return spans.filter { span in !spans.contains { $0.start >= span.start && $0.end < span.end } }.map(\.end)
    }

    /// The convolutions that fuse a residual block of dense layers into as many channels as the block was given: they read a
    /// concatenation, and the addition that closes the block is the only one to read them. In RDN these are the local feature
    /// fusions, whose bits AdaBM leaves alone (docs/baselines.md, "Image and layer measures").
    ///
    /// This follows from the graph, so that model files need not say it.
    public var localFusions: Set<Int> {
        var readers = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() { for input in node.inputs { readers[input].append(index) } }
        let ends = Set(residualBlocks)
        return Set(
            layers.filter { layer in
                guard let input = nodes[layer].inputs.first, case .concatenate = nodes[input].operation else { return false }
                return readers[layer].count == 1 && ends.contains(readers[layer][0])
            })
    }

    /// Returns the operand of an addition from which the other one was computed; nil where neither was, and for other operations.
    private func shortcut(of node: Int) -> Int? {
        guard case .add = nodes[node].operation, let first = nodes[node].inputs.min(), let last = nodes[node].inputs.max(),
            first < last
        else { return nil }
        // These are the nodes between the two operands that depend on the first.
        var depends: Set = [first]
        for index in first + 1...last where nodes[index].inputs.contains(where: depends.contains) { depends.insert(index) }
        return depends.contains(last) ? first : nil
    }
}
