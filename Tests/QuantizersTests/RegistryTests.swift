import Quantizers
import Testing

@Suite struct RegistryTests {
    private static let ends = ActivationStatistics.Ends(lower: -4, upper: 9)
    private let statistics = ActivationStatistics(
        lower: -4, upper: 9, percentileAbsolute: 2, percentiles: ends, densityRanges: .init(narrow: ends, wide: ends))

    @Test func fitsEveryKindByName() throws {
        var statistics = statistics
        var histogram = try Histogram(lower: -4, upper: 9)
        // The least error is at the ends themselves.
        [-4, 9].withUnsafeBufferPointer { histogram.add($0) }
        statistics.histogram = histogram
        for name in QuantizerRegistry.standard.names {
            let quantizer = try QuantizerRegistry.standard.fit(name: name, statistics: statistics, bits: 4)
            #expect(quantizer.name == name && quantizer.bits == 4)
            switch name {
            // Five of fifteen steps below 0 are nearest to -4 and 9; and a value counts as the middle of its bin.
            case "uniform": #expect(abs(quantizer.parameters[0] * 2 + quantizer.parameters[1]) < 1e-5)
            case "codebook": #expect(zip(quantizer.parameters, [-4, 9]).allSatisfy { abs($0 - $1) < 13.0 / 2048 })
            default: #expect(quantizer.parameters == Array([-4, 9, 2].prefix(quantizer.parameterCount)))
            }
            let again = try QuantizerRegistry.standard.make(name: name, bits: 4, parameters: quantizer.saved)
            #expect(again.levels == quantizer.levels)
        }
    }

    @Test func anUnknownNameIsAnsweredWithTheKnownOnes() {
        let error = #expect(throws: QuantizerError.self) {
            try QuantizerRegistry.standard.fit(name: "plqq", statistics: statistics, bits: 4)
        }
        #expect(
            error?.description
                == "unknown quantizer \"plqq\"; known are minmax, percentile, mse, uniform, codebook, ptq4sr, plq, plq-offset, "
                + "plq-one-sided, adabm"
        )
    }

    @Test func aWrongNumberOfSavedParametersIsRefused() {
        let error = #expect(throws: QuantizerError.self) {
            try QuantizerRegistry.standard.make(name: "plq", bits: 4, parameters: [1, 2])
        }
        #expect(error?.description == "plq has 3 parameters (lower, upper, breakpoint), found 2")
    }

    @Test(arguments: ["percentile", "mse", "ptq4sr", "uniform", "codebook"])
    func whatCalibrationDidNotCollectIsNamed(name: String) throws {
        #expect(try !QuantizerRegistry.standard.kind(named: name).needs.isEmpty)
        let error = #expect(throws: QuantizerError.self) {
            try QuantizerRegistry.standard.fit(
                name: name, statistics: ActivationStatistics(lower: 0, upper: 1, percentileAbsolute: 1), bits: 4)
        }
        #expect(error?.description.contains("of the activations") == true)
    }

    @Test func searchingWithoutAHistogramIsAnError() {
        #expect(throws: QuantizerError.noHistogram) {
            try QuantizerRegistry.standard.fit(
                name: "plq", statistics: statistics, bits: 4, options: FittingOptions(breakpoint: .leastSquaredError))
        }
    }

    @Test func aKindOfOnesOwnIsOneLine() throws {
        let halves = QuantizerKind(
            name: "halves", supportedBits: 2...2, parameterNames: ["lower", "upper"],
            make: { (bits, p) throws(QuantizerError) in try UniformQuantizer(bits: bits, lower: p[0], upper: p[1]) },
            fit: { (s, bits, _) throws(QuantizerError) in
                try UniformQuantizer(bits: bits, lower: s.lower / 2, upper: s.upper / 2)
            })
        let registry = QuantizerRegistry(kinds: QuantizerRegistry.standard.kinds + [halves])
        #expect(try registry.fit(name: "halves", statistics: statistics, bits: 2).parameters == [-2, 4.5])
    }
}
