import CKernels
import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Quantizers
import Tensors
import TestSupport
import Testing
import Training

/// Finetuning with levels on integer grids, in float and in whole numbers.
@Suite struct IntegerArithmeticTests {
    private static let hasKernel = srq_kernels().pointee.winograd_convolution != nil

    private static func images(_ count: Int) -> [Tensor] {
        var random = SplitMix64(state: 9)
        return (0..<count).map { _ in
            var value: Float = 128
            return Tensor(
                dimensions: [1, 18, 22, 3],
                values: (0..<18 * 22 * 3).map { _ in
                    value = min(max(value + .random(in: -9...9, using: &random), 0), 255)
                    return value.rounded()
                })
        }
    }

    private static func network(_ name: String) throws -> Network {
        let tensors =
            switch name {
            case "edsr": SeededNetworks.edsr(channels: 16, blocks: 2, scale: 4, seed: 1)
            case "srresnet": SeededNetworks.srResNet(channels: 16, blocks: 2, scale: 2, seed: 1)
            default: SeededNetworks.rdn(blocks: 2, convolutions: 2, growth: 16, channels: 16, scale: 2, seed: 1)
            }
        return try Network.recognise(tensors: tensors, file: name)
    }

    private static func calibrated(
        _ name: String, scope: QuantizationProtocol = .full, perChannel: Bool = false
    ) throws -> QuantizedNetwork {
        var recipe = Recipe()
        (recipe.weights, recipe.activations) = (4, 4)
        (recipe.scope, recipe.perChannel) = (scope, perChannel)
        return try Calibrator(network: network(name), recipe: recipe, pool: ThreadPool(threads: 2))
            .calibrate(images: images(2)) { _ in true }
    }

    private static func options(integers: Bool) -> FinetuningOptions {
        var options = FinetuningOptions()
        options.snapping = true
        options.integers = integers
        options.relative = true
        return options
    }

    private static func batch(_ images: [Tensor]) -> Tensor {
        Tensor(dimensions: [images.count] + images[0].dimensions.dropFirst(), values: images.flatMap(\.values))
    }

    /// The loss tells: a student in whole numbers computes what the frozen network does, to the last bit. Layers in float are
    /// those of the protocol, which oneDNN computes either way.
    @Test(.enabled(if: hasKernel, "this machine has no such kernel"), arguments: ["edsr", "srresnet"], [false, true])
    func theStudentIsTheFrozenNetwork(name: String, perChannel: Bool) throws {
        let quantized = try Self.calibrated(name, scope: .body, perChannel: perChannel)
        let images = Self.images(2)
        var options = Self.options(integers: true)
        options.sensitivity = false
        let objective = try Objective(quantized, options: options, pool: ThreadPool(threads: 2))
        let loss = try objective.evaluate(Self.batch(images), numbers: [0, 1], quantized, group: .range).loss

        func run(_ overrides: [Int: ConvolutionOverride]) throws -> [Float] {
            try Executor(network: quantized.network, pool: ThreadPool(threads: 1), overrides: overrides).run(Self.batch(images))
                .values
        }
        let (student, teacher) = try (run(quantized.snapped().overrides), run([:]))
        let difference = zip(student, teacher).reduce(0) { $0 + Double(abs($1.0 - $1.1)) } / Double(student.count)
        let wanted = Double(options.lambda) * difference / 255
        #expect(abs(loss - wanted) < 1e-6 * wanted)
    }

    /// Gradients are rounded, each by less than a percent of the largest, which what is summed up over a map hardly feels.
    @Test(.enabled(if: hasKernel, "this machine has no such kernel"), arguments: ["edsr", "srresnet", "rdn"], [false, true])
    func gradientsAreThoseOfFloat(name: String, perChannel: Bool) throws {
        let quantized = try Self.calibrated(name, perChannel: perChannel)
        let images = Self.images(2)
        func evaluate(_ integers: Bool, _ group: ParameterGroup) throws -> (loss: Double, gradients: [ParameterPlace: [Double]]) {
            try Objective(quantized, options: Self.options(integers: integers), pool: ThreadPool(threads: 2))
                .evaluate(Self.batch(images), numbers: [0, 1], quantized, group: group)
        }
        for group in [ParameterGroup.weights, .range, .breakpoint] {
            let (float, integers) = try (evaluate(false, group), evaluate(true, group))
            #expect(abs(float.loss - integers.loss) < 0.01 * float.loss)
            #expect(float.loss != integers.loss, "nothing was computed in whole numbers")
            var (product, squares) = (0.0, (0.0, 0.0))
            for (place, gradient) in float.gradients {
                for (a, b) in zip(gradient, try #require(integers.gradients[place])) {
                    product += a * b
                    squares = (squares.0 + a * a, squares.1 + b * b)
                }
            }
            #expect(product > 0.99 * (squares.0 * squares.1).squareRoot(), "\(group)")
            #expect(abs(squares.0 / squares.1 - 1) < 0.1, "\(group)")
        }
    }

    @Test func anyNumberOfThreadsGivesTheSameBytesAndParametersMoveFreely() throws {
        let quantized = try Self.calibrated("edsr")
        var options = Self.options(integers: true)
        options.epochs = 3
        func run(_ threads: Int) throws -> [[Float]] {
            let tuned = try Finetuner(options: options, pool: ThreadPool(threads: threads)).finetune(
                quantized, images: Self.images(3)
            ) {
                _ in true
            }
            #expect(!tuned.isSnapped)
            return tuned.quantizedNodes.map { tuned.layers[$0]?.activation?.parameters ?? [] }
        }
        let one = try run(1)
        #expect(one != quantized.quantizedNodes.map { quantized.layers[$0]?.activation?.parameters ?? [] })
        #expect(try run(3) == one)
    }

    @Test func aNewQuantizerOrWeightRangeReachesTheStudent() throws {
        let quantized = try Self.calibrated("edsr")
        let images = Self.batch(Self.images(2))
        let objective = try Objective(quantized, options: Self.options(integers: true), pool: ThreadPool(threads: 2))
        let before = try objective.evaluate(images, numbers: [0, 1], quantized, group: .range)
        for group in [ParameterGroup.range, .weights] {
            var moved = quantized
            for node in moved.quantizedNodes { moved[group, .layer(node)] = moved[group, .layer(node)].map { 0.7 * $0 } }
            for node in moved.quantizedNodes { objective.update(node, moved, group: group) }
            let after = try objective.evaluate(images, numbers: [0, 1], moved, group: .range)
            let fresh = try Objective(moved, options: Self.options(integers: true), pool: ThreadPool(threads: 2))
                .evaluate(images, numbers: [0, 1], moved, group: .range)
            #expect(after.loss != before.loss)
            #expect(after.loss == fresh.loss && after.gradients == fresh.gradients, "\(group)")
            for node in quantized.quantizedNodes { objective.update(node, quantized, group: group) }
        }
        #expect(try objective.evaluate(images, numbers: [0, 1], quantized, group: .range).gradients == before.gradients)
    }

    @Test func bitsThatDependOnTheImageAreRefused() {
        var options = FinetuningOptions(method: .adabm)
        options.integers = true
        #expect { try Finetuner(options: options, pool: ThreadPool(threads: 1)) } throws: { "\($0)".contains("snapping") }
    }

    @Test func onlyRunsThatUseThemNameThem() throws {
        var options = FinetuningOptions()
        #expect(try !options.json.serialized().contains("snapping"))
        options.integers = true
        let text = try options.json.serialized()
        #expect(text.contains("\"snapping\":true") && text.contains("\"integers\":true"))
    }
}
