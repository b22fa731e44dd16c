import Networks
import Tensors
import Testing
import TestSupport

@Suite struct GraphPlanTests {
    private func convolution(_ inputs: Int, _ outputs: Int) -> Operation {
        .convolution(Convolution(role: .body, weight: Tensor(zeros: [outputs, inputs, 1, 1]), bias: nil))
    }

    private func network(scale: Int = 1, _ nodes: [(Operation, [Int])]) throws -> Network {
        let input = Node(name: "0", operation: .input(channels: 3), inputs: [])
        let others = nodes.enumerated().map { Node(name: "\($0.offset + 1)", operation: $0.element.0, inputs: $0.element.1) }
        let network = Network(architecture: "test", scale: scale, nodes: [input] + others)
        try network.validate()
        return network
    }

    @Test func aConvolutionAbsorbsWhatAloneReadsIt() throws {
        let plan = GraphPlan(
            try network(
                scale: 2,
                [
                    (convolution(3, 8), [0]), (.relu, [1]),
                    (convolution(8, 8), [2]), (convolution(8, 8), [3]), (.add, [3, 4]),
                    (convolution(8, 8), [5]), (convolution(8, 8), [6]), (.add, [5, 7]),
                    (convolution(8, 12), [8]), (.pixelShuffle(2), [9]),
                ]))
        #expect(plan.steps.map(\.node) == [1, 3, 4, 5, 6, 7, 9])
        #expect(plan.steps.map(\.output) == [2, 3, 4, 5, 6, 8, 10])
        #expect(plan.steps.map(\.relu) == [true] + [Bool](repeating: false, count: 6))
        #expect(plan.steps.map(\.shuffle) == [1, 1, 1, 1, 1, 1, 2])
        // Node 4 reads what it would have to overwrite.
        #expect(plan.steps.map(\.accumulatesInto) == [nil, nil, nil, nil, nil, 5, nil])
        #expect(plan.steps.map(\.takesOver) == [nil, nil, nil, 3, nil, 5, nil])
        #expect(plan.steps.map(\.ends) == [[0], [2], [], [3, 4], [], [6, 5], [8]])
        #expect(plan.shuffles == [9: 2])
        #expect(plan.step(of: 7)?.output == 8)
        #expect(plan.step(of: 8) == nil && plan.step(of: 0) == nil)
        #expect(plan.extents.map(\.channels) == [3, 8, 8, 8, 8, 8, 8, 8, 8, 12, 3])
        #expect(plan.extents.map(\.scale) == [Int](repeating: 1, count: 10) + [2])
    }

    @Test func somebodyLookingKeepsThingsApart() throws {
        let network = try network(
            scale: 2, [(convolution(3, 12), [0]), (.pixelShuffle(2), [1]), (convolution(3, 3), [2]), (.relu, [3])])
        let plan = GraphPlan(network, separate: [1, 3], overwrites: false)
        #expect(plan.steps.map(\.output) == [1, 2, 3, 4])
        #expect(plan.steps.map(\.takesOver) == [nil, nil, nil, 3])
        #expect(plan.shuffles == [1: 2], "the order in which channels are stored is the same")
    }

    @Test func aConvolutionAddsElsewhereWhereNothingIsOverwritten() throws {
        let network = try network([
            (convolution(3, 3), [0]), (convolution(3, 3), [1]), (convolution(3, 3), [2]), (.add, [3, 1]), (convolution(3, 3), [4]),
            (.add, [5, 0]), (convolution(3, 3), [6]), (.add, [7, 6]),
        ])
        let plan = GraphPlan(network, overwrites: false)
        // The last convolution reads itself what would be added to its result.
        #expect(plan.steps.map(\.output) == [1, 2, 4, 6, 7, 8])
        #expect(plan.steps.map(\.adds) == [nil, nil, 1, 0, nil, nil], "the caller's own input can be added as well")
        #expect(plan.steps.map(\.inputs) == [[0], [1], [2, 1], [4, 0], [6], [7, 6]])
        #expect(plan.steps.allSatisfy { $0.accumulatesInto == nil })
        #expect(plan.steps.map(\.takesOver) == [nil, nil, nil, nil, nil, 7])
        #expect(GraphPlan(network, separate: [4], overwrites: false).steps.map(\.output) == [1, 2, 3, 4, 6, 7, 8])
    }

    @Test func nothingIsOverwrittenThatIsReadLater() throws {
        // The sum is the last reader of node 1, but node 3 reads it after the convolution.
        let late = GraphPlan(
            try network([(convolution(3, 3), [0]), (convolution(3, 3), [0]), (.tanh, [1]), (.add, [1, 2]), (.add, [3, 4])]))
        #expect(late.steps.allSatisfy { $0.accumulatesInto == nil })
        #expect(late.steps.map(\.takesOver) == [nil, nil, nil, 1, 3])

        // No convolution adds to the caller's input, and no step works in place of what is read later or twice.
        let plan = GraphPlan(try network([(.relu, [0]), (.add, [1, 1]), (convolution(3, 3), [2]), (.add, [0, 3])]))
        #expect(plan.steps.map(\.accumulatesInto) == [nil, nil, nil, nil])
        #expect(plan.steps.map(\.takesOver) == [nil, nil, nil, 0])
    }

    @Test func extentsAreThoseOfTheValidation() throws {
        for tensors in [
            SeededNetworks.edsr(channels: 4, blocks: 1, scale: 3, seed: 1),
            SeededNetworks.srResNet(channels: 4, blocks: 1, seed: 1),
            SeededNetworks.msrResNet(channels: 4, blocks: 1, seed: 1),
            SeededNetworks.rdn(blocks: 2, convolutions: 3, growth: 2, channels: 2, seed: 1),
        ] {
            let network = try Network.recognise(tensors: tensors, file: "seeded")
            #expect(try network.validate() == network.extents)
        }
    }

    @Test func shapesThatCannotBeCountedAreNone() {
        let extent = Extent(channels: 64, scale: 4)
        #expect(extent.shape(samples: 2, height: 3, width: 5) == Shape(samples: 2, height: 12, width: 20, channels: 64))
        #expect(extent.valuesPerInputPixel == 1024)
        #expect(extent.shape(samples: 1, height: Int.max / 4, width: 1) == nil)
        #expect(extent.shape(samples: 1, height: Int.max / 2, width: 1) == nil)
        #expect(extent.shape(samples: 1, height: 1 << 31, width: 1 << 31) == nil)
    }
}
