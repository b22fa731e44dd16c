import Networks
import Tensors
import TestSupport
import Testing

@Suite struct MeasureTests {
    private func network(_ tensors: [String: Tensor]) throws -> Network {
        try Network.recognise(tensors: tensors, file: "seeded")
    }

    @Test func parameterCountsAreThePublishedOnes() throws {
        for (scale, count) in [(4, 1_517_571), (2, 1_369_859), (3, 1_554_499)] {
            #expect(try network(SeededNetworks.edsr(scale: scale, seed: 1)).parameterCount == count)
        }
        #expect(try network(SeededNetworks.srResNet(seed: 1)).parameterCount == 1_546_771)
        #expect(try network(SeededNetworks.msrResNet(seed: 1)).parameterCount == 1_517_571)
        #expect(try network(SeededNetworks.rdn(blocks: 20, convolutions: 6, growth: 32, seed: 1)).parameterCount == 5_578_787)
    }

    @Test func rdnOfThePapersSizeIsAsLargeAsPublished() throws {
        let tensors = SeededNetworks.rdn(seed: 0)
        // From Tests/Golden/rdn_paper_size.json: the oracle has the same weights.
        #expect(tensors["GFF.0.bias"]?.values.prefix(4) == [1.32782757, -0.237193972, -1.64048159, 1.63118303])
        #expect(tensors["RDBs.10.LFF.weight"]?.values.prefix(4) == [-0.0622699857, 0.0142011363, -0.0565959886, 0.0173345525])

        let network = try network(tensors)
        #expect(network.parameterCount == 22_271_107)
    }

    @Test func seededWeightsAreTheSameEverywhere() throws {
        // The published first output for state 0.
        var generator = SplitMix64(state: 0)
        #expect(generator.next() == 0xE220_A839_7B1D_CDAF)
        #expect(SeededNetworks.edsr(channels: 4, blocks: 1, seed: 1) == SeededNetworks.edsr(channels: 4, blocks: 1, seed: 1))
        #expect(SeededNetworks.edsr(channels: 4, blocks: 1, seed: 1) != SeededNetworks.edsr(channels: 4, blocks: 1, seed: 2))
        let weight = try #require(SeededNetworks.rdn(blocks: 1, convolutions: 1, seed: 3)["SFENet2.weight"])
        let bound = Float(3.0 / 576).squareRoot()
        #expect(weight.values.allSatisfy { abs($0) <= bound })
        #expect(weight.values.contains { $0 < -0.98 * bound } && weight.values.contains { $0 > 0.98 * bound })
    }

    @Test func blocksAreTheInnermostSkips() throws {
        func blocks(_ tensors: [String: Tensor]) throws -> [String] {
            let network = try network(tensors)
            return network.residualBlocks.map { network.nodes[$0].name }
        }
        #expect(try blocks(SeededNetworks.edsr(channels: 2, blocks: 3, seed: 1)) == ["body.0.add", "body.1.add", "body.2.add"])
        #expect(try blocks(SeededNetworks.edsr(channels: 2, blocks: 1, seed: 1)) == ["body.0.add"])
        #expect(try blocks(SeededNetworks.srResNet(channels: 2, blocks: 2, seed: 1)) == ["body.0.add", "body.1.add"])
        // The sum with the enlarged input is not a skip around anything.
        #expect(try blocks(SeededNetworks.msrResNet(channels: 2, blocks: 2, seed: 1)) == ["body.0.add", "body.1.add"])
        #expect(
            try blocks(SeededNetworks.rdn(blocks: 2, convolutions: 3, growth: 2, channels: 2, seed: 1))
                == ["RDBs.0.add", "RDBs.1.add"])
    }

    @Test func localFusionsEndTheDenseBlocks() throws {
        let rdn = try network(SeededNetworks.rdn(blocks: 2, convolutions: 3, growth: 2, channels: 2, seed: 1))
        #expect(rdn.layers.filter(rdn.localFusions.contains).map { rdn.nodes[$0].name } == ["RDBs.0.LFF", "RDBs.1.LFF"])
        let one = try network(SeededNetworks.rdn(blocks: 1, convolutions: 1, growth: 2, channels: 2, seed: 1))
        #expect(one.localFusions.map { one.nodes[$0].name } == ["RDBs.0.LFF"])
        #expect(try network(SeededNetworks.edsr(channels: 2, blocks: 1, seed: 1)).localFusions.isEmpty)
    }
}
