import Quantizers
import Testing

/// Whatever an optimiser writes into a quantizer, its parameters stay legal (docs/method.md, "Legal parameters").
@Suite struct LegalityTests {
    static let strange: [Float] = [
        0, -0.0, 1e-30, -1, 1e-6, 3.4e38, -3.4e38, -1e10, .infinity, .nan, 255,
    ]

    @Test func anyParametersLeaveAWorkingQuantizer() throws {
        for kind in QuantizerRegistry.standard.kinds {
            var quantizer = try kind.quantizer(bits: 4, parameters: Array([-1, 2, 0.5].prefix(kind.parameterNames.count)))
            for a in Self.strange {
                for b in Self.strange {
                    for c in kind.parameterNames.count == 3 ? Self.strange : [0] {
                        quantizer.parameters = Array([a, b, c].prefix(kind.parameterNames.count))
                        let p = quantizer.parameters
                        guard p.allSatisfy(\.isFinite), p[0] < p[1],
                            quantizer.levels.allSatisfy(\.isFinite), quantizer.levels.count >= 2,
                            p.count == 2 || (p[2] > 0 && p[2] <= 0.99 * max(p[1], -p[0])),
                            hardInputs(quantizer).allSatisfy({ quantizer.levels[quantizer.encode($0)] == quantizer.apply($0) })
                        else {
                            Issue.record("\(kind.name): [\(a), \(b), \(c)] became \(p) with levels \(quantizer.levels)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test func numbersThatAreNotFiniteAreIgnored() throws {
        var quantizer = try PiecewiseLinearQuantizer(reading: .literal, bits: 4, lower: -3, upper: 5, breakpoint: 1)
        quantizer.parameters = [.nan, 6, -.infinity]
        #expect(quantizer.parameters == [-3, 6, 1])
    }

    @Test func breakpointStaysBelowTheLargestMagnitude() throws {
        var quantizer = try PiecewiseLinearQuantizer(reading: .literal, bits: 4, lower: -8, upper: 5, breakpoint: 100)
        #expect(quantizer.breakpoint == 0.99 * 8)
        quantizer.parameters[2] = -1
        #expect(quantizer.breakpoint == 1e-6)
    }

    @Test func aDeadLayerGetsARange() throws {
        let quantizer = try UniformQuantizer(bits: 4, lower: 0, upper: 0)
        #expect(quantizer.upper == 1e-5)
        #expect(quantizer.apply(0) == 0)
    }

    @Test func widthsAreCheckedWithWordsAUserUnderstands() {
        func message(_ make: () throws(QuantizerError) -> Void) -> String? {
            do { try make() } catch { return error.description }
            return nil
        }
        #expect(
            message { () throws(QuantizerError) in
                _ = try PiecewiseLinearQuantizer(reading: .literal, bits: 2, lower: -1, upper: 1, breakpoint: 0.5)
            } == "piecewise linear needs at least 3 bits, layer asks for 2")
        #expect(
            message { () throws(QuantizerError) in _ = try UniformQuantizer(bits: 1, lower: 0, upper: 1) }
                == "uniform needs at least 2 bits, layer asks for 1")
        #expect(
            message { () throws(QuantizerError) in _ = try UniformQuantizer(bits: 4, lower: 0, upper: 1).withBits(9) }
                == "uniform takes at most 8 bits, layer asks for 9")
        #expect(
            message { () throws(QuantizerError) in _ = try SymmetricWeightQuantizer(bits: 1, uppers: [1]) }
                == "symmetric weight quantization needs at least 2 bits, layer asks for 1")
    }

    @Test func parametersThatAreNotFiniteAreRefusedAtBirth() {
        #expect(throws: QuantizerError.notFinite(quantity: "upper", value: .infinity)) {
            try UniformQuantizer(bits: 4, lower: 0, upper: .infinity)
        }
        #expect(throws: QuantizerError.self) {
            try PiecewiseLinearQuantizer(reading: .offset, bits: 4, lower: 0, upper: 1, breakpoint: .nan)
        }
    }

    @Test func changingTheWidthKeepsTheParameters() throws {
        for quantizer in try assortedQuantizers() where quantizer.bits == 4 {
            let wider = try quantizer.withBits(6)
            #expect(wider.parameters == quantizer.parameters && wider.bits == 6 && wider.name == quantizer.name)
            #expect(wider.levels.count >= quantizer.levels.count)
        }
    }
}
