import Quantizers
import Quantizers
import Testing

@Suite struct TailSelectorTests {
    static let percentiles: [Double] = [0, 0.1, 1, 25, 49.99, 50, 75, 98, 99, 99.9, 99.999, 100]

    /// The percentile as NumPy computes it by default: all numbers sorted, neighbours interpolated linearly.
    private func reference(_ values: [Float], _ percentile: Double) -> Float {
        let sorted = values.sorted()
        let position = percentile / 100 * Double(sorted.count - 1)
        let low = Int(position)
        let high = min(low + 1, sorted.count - 1)
        return Float(Double(sorted[low]) + (Double(sorted[high]) - Double(sorted[low])) * (position - Double(low)))
    }

    private func selected(_ values: [Float], _ percentile: Double, pieces: Int = 1, absolute: Bool = false) -> Float? {
        var selector = TailSelector(percentile: percentile, count: values.count)
        let size = max(1, values.count / pieces)
        values.withUnsafeBufferPointer { all in
            for start in stride(from: 0, to: all.count, by: size) {
                selector.add(UnsafeBufferPointer(rebasing: all[start..<min(start + size, all.count)]), absolute: absolute)
            }
        }
        return selector.value
    }

    private func random(_ count: Int, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let unit = Float(state >> 40) / Float(1 << 24) - 0.5
            return unit * unit * unit * 800
        }
    }

    @Test(arguments: percentiles)
    func equalsAFullSort(percentile: Double) {
        for count in [1, 2, 3, 4, 15, 100, 101, 1023, 20_000] {
            let values = random(count, seed: UInt64(count))
            for pieces in [1, 7] {
                #expect(selected(values, percentile, pieces: pieces) == reference(values, percentile), "\(count) numbers")
                #expect(
                    selected(values, percentile, pieces: pieces, absolute: true) == reference(values.map(abs), percentile),
                    "magnitudes of \(count) numbers")
            }
        }
    }

    @Test(arguments: percentiles)
    func sortedAndConstantInputsAreNoHarder(percentile: Double) {
        let ascending = random(12_000, seed: 5).sorted()
        let expected = reference(ascending, percentile)
        #expect(selected(ascending, percentile, pieces: 3) == expected)
        #expect(selected(ascending.reversed(), percentile, pieces: 3) == expected)
        let constant = [Float](repeating: -2.5, count: 9000)
        #expect(selected(constant, percentile) == -2.5)
        #expect(selected(constant, percentile, absolute: true) == 2.5)
        let fewValues = (0..<12_000).map { Float($0 * 7919 % 5) - 2 }
        #expect(selected(fewValues, percentile) == reference(fewValues, percentile))
        let afterReLU = random(12_000, seed: 6).map { max($0, 0) }
        #expect(selected(afterReLU, percentile, pieces: 2) == reference(afterReLU, percentile))
    }

    /// Long enough that what is dropped is chosen by a sample of the buffer, also where the sample tells wrong.
    @Test(arguments: [1, 99])
    func longStreamsEqualAFullSort(percentile: Double) {
        let random = random(500_000, seed: 9)
        // So many are equal that no threshold leaves about as many as are needed.
        let ties = random.map { ($0 / 50).rounded() }
        for (name, values) in [
            ("random", random), ("ascending", random.sorted()), ("descending", random.sorted(by: >)), ("ties", ties),
        ] {
            #expect(selected(values, percentile, pieces: 5) == reference(values, percentile), "\(name)")
        }
    }

    @Test(arguments: percentiles)
    func theOrderOfPiecesDoesNotMatter(percentile: Double) throws {
        let values = random(8000, seed: 8) + [0, -0.0, 0, -0.0]
        let parts = [values[..<3000], values[3000..<3001], values[3001..<7000], values[7000...]].map { part in
            var selector = TailSelector(percentile: percentile, count: values.count)
            part.withUnsafeBufferPointer { selector.add($0, absolute: false) }
            return selector
        }
        let expected = try #require(selected(values, percentile)).bitPattern
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
            var whole = parts[order[0]]
            for part in order.dropFirst() { whole.add(parts[part]) }
            #expect(whole.seen == values.count)
            #expect(whole.value?.bitPattern == expected)
        }
    }

    @Test func zerosOfBothSignsAreOneNumber() {
        for values in [[0, -0.0, -0.0, 0], [-0.0, 0, 0, -0.0]] as [[Float]] {
            for percentile in [0.0, 40, 50, 99, 100] {
                #expect(selected(values, percentile)?.bitPattern == 0)
            }
        }
    }

    @Test func thereIsNoValueBeforeTheEndNorOfNothing() {
        var selector = TailSelector(percentile: 99, count: 3)
        [Float(1), 2].withUnsafeBufferPointer { selector.add($0, absolute: false) }
        #expect(selector.value == nil)
        [Float(3)].withUnsafeBufferPointer { selector.add($0, absolute: false) }
        #expect(selector.value != nil)
        #expect(TailSelector(percentile: 99, count: 0).value == nil)
    }

    @Test func nansNeverBecomeTheValue() {
        for percentile in [0.0, 30, 50, 99, 100] {
            #expect(selected([.nan, .nan], percentile) == nil)
            let value = selected([1, .nan, 2, .nan, 3], percentile)
            #expect(value.map { 1...3 ~= $0 } ?? true)
        }
    }

    @Test func infinitiesAreKeptInTheirTail() {
        #expect(selected([1, .infinity, 2, 3], 100) == .infinity)
        #expect(selected([1, -.infinity, 2, 3], 0) == -.infinity)
    }
}
