/// The whole numbers behind the weights of an asymmetric quantizer. Its levels are whole multiples of some part of a step where
/// the range begins at such a multiple.
extension AsymmetricWeightQuantizer {
    /// The largest number of parts that a step is divided into. Smaller parts move ranges less, but make codes and their sums
    /// larger.
    private static let mostParts = 64
    /// The largest magnitude of a code: Winograd's transform makes codes up to 49 times as large, and 49 · 668 = 32,732 still fits
    /// 16 bits.
    private static let largestCode = 668.0
    /// How far from a whole number of units a range may begin, in units: single precision leaves no more than that of it.
    private static let tolerance = 1e-3

    public func integers(_ weights: [Float]) -> IntegerWeights? {
        guard let parts = (1...Self.mostParts).first(where: hasIntegers) else { return nil }
        let firsts = ranges.map { Int(first(of: $0, parts).rounded()) }
        var codes: [Int16] = []
        codes.reserveCapacity(weights.count)
        let words = words(weights)
        forEachGroup(of: words.count) { group, part in
            for word in words[part] { codes.append(Int16(Int(word) * parts + firsts[group])) }
        }
        return IntegerWeights(codes: codes, units: ranges.map { step($0) / Float(parts) })
    }

    /// Returns the range's lower end in units of a step's `parts`-th part.
    private func first(of range: ActivationRange, _ parts: Int) -> Double {
        Double(range.lower) / Double(step(range)) * Double(parts)
    }

    /// Whether every group's range begins at a whole number of units of a step's `parts`-th part, with codes that are small
    /// enough.
    private func hasIntegers(_ parts: Int) -> Bool {
        ranges.allSatisfy { range in
            let first = first(of: range, parts)
            return abs(first - first.rounded()) <= Self.tolerance && hasSmallCodes(first.rounded(), parts)
        }
    }

    /// Whether the codes of a group whose range begins at `first` units have magnitudes up to `largestCode`.
    private func hasSmallCodes(_ first: Double, _ parts: Int) -> Bool {
        abs(first) <= Self.largestCode && abs(first + Double(parts * Int(largestWord))) <= Self.largestCode
    }

    /// Returns a quantizer whose weights are whole numbers, or nil where there is none. It moves every range by less than a part
    /// of a step, with the smallest parts that `largestSum` leaves room for.
    public func snapped(_ weights: [Float], outputs: Int, largestSum: Double) -> Self? {
        if let own = integers(weights), own.largestSum(outputs: outputs) <= largestSum { return self }
        let words = wordCounts(weights, outputs: outputs)
        for parts in stride(from: Self.mostParts, through: 1, by: -1) {
            let firsts = ranges.map { first(of: $0, parts).rounded() }
            guard firsts.allSatisfy({ hasSmallCodes($0, parts) }),
                largest(words, firsts, parts) <= largestSum
            else { continue }
            let lowers = zip(ranges, firsts).map { range, first in Double(step(range)) * first / Double(parts) }
            let uppers = zip(ranges, lowers).map { range, lower in lower + Double(step(range)) * Double(largestWord) }
            if let moved = try? Self(bits: bits, lowers: lowers.map(Float.init), uppers: uppers.map(Float.init)),
                let whole = moved.integers(weights), whole.largestSum(outputs: outputs) <= largestSum
            {
                return moved
            }
        }
        return nil
    }

    /// Returns how often each word comes up among the weights of each output channel.
    private func wordCounts(_ weights: [Float], outputs: Int) -> [[Int]] {
        let words = words(weights)
        let size = words.count / max(outputs, 1)
        return (0..<outputs).map { output in
            var counts = [Int](repeating: 0, count: Int(largestWord) + 1)
            for word in words[output * size..<(output + 1) * size] { counts[Int(word)] += 1 }
            return counts
        }
    }

    /// Returns the largest sum, over output channels, of the magnitudes of a channel's codes, if groups began at `firsts` units.
    private func largest(_ words: [[Int]], _ firsts: [Double], _ parts: Int) -> Double {
        let sums = words.enumerated().map { output, counts in
            let first = firsts[groups == 1 ? 0 : output]
            return counts.enumerated().reduce(0) { $0 + Double($1.element) * abs(first + Double($1.offset * parts)) }
        }
        return sums.max() ?? 0
    }
}
