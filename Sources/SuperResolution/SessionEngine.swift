import FloatEngine
import Images
import IntegerEngine
import Machine
import QuantizedNetworks
import Synchronization
import Tensors

/// What runs a session's model on one image: the integer engine, or the float engine, on whole feature maps or in strips.
///
/// A network in float gives the same bytes either way, because strips are cut where the bands of whole maps are. Whole maps are
/// a fifth faster while they are small; strips take memory that grows with the image's width alone.
final class SessionEngine {
    /// A function that takes `pixels` pixels from column `x` of row `y` on: `[pixels][3]`, 0…255, neither clamped nor rounded.
    /// Several threads call it at the same time, for different pixels.
    typealias Draw = (_ values: UnsafePointer<Float>, _ y: Int, _ x: Int, _ pixels: Int) -> Void

    /// The executors, by the image step that they are for; there is only one, with step 0, where steps do not need networks of
    /// their own.
    private enum Kind {
        case float([Int: Executor], FloatStrips?)
        case integers([Int: IntegerExecutor], threads: Int)
    }

    private let model: Model
    private let kind: Kind
    private let mostForWholeMaps: Double

    /// Makes what a session needs to run `model` with the threads of `pool`.
    ///
    /// - Parameters:
    ///   - simulated: Whether to run in float even what could run in integers.
    ///   - format: The format of all layers in whole numbers; nil means the fastest that is exact for each.
    ///   - mostForWholeMaps: A number of bytes: a network in float runs in strips where whole feature maps would take more.
    init(
        _ model: Model, pool: ThreadPool, simulated: Bool, precision: Precision = .f32, format: LayerFormat? = nil,
        mostForWholeMaps: Double = SessionEngine.mostForWholeMaps
    ) throws(SuperResolutionError) {
        (self.model, self.mostForWholeMaps) = (model, mostForWholeMaps)
        guard precision.isSupported else { throw .engine(.precision(precision.rawValue)) }
        let inIntegers = model.runsInIntegers && !simulated
        if let format, !inIntegers || !model.hasLayersInIntegers {
            throw .argument("arithmetic: \(format) is for layers in whole numbers, and \(model.name) has none")
        }
        if inIntegers {
            let programs = try model.programs(precision, format: format)
            kind = .integers(programs.mapValues { IntegerExecutor($0, pool: pool) }, threads: pool.concurrency)
        } else {
            var executors: [Int: Executor] = [:]
            for step in model.imageSteps {
                executors[step] = try wrapping(SuperResolutionError.engine) { () throws(FloatEngineError) in
                    try Executor(
                        network: model.network, pool: pool, overrides: model.overrides(imageStep: step),
                        weights: model.preparedWeights[step] ?? PreparedWeights(), precision: precision)
                }
            }
            kind = .float(executors, FloatStrips(model, pool: pool, precision: precision))
        }
    }

    /// Whether images run through the integer engine.
    var runsInIntegers: Bool { if case .integers = kind { true } else { false } }

    /// Runs the network on an image and hands the result to `draw`.
    ///
    /// - Parameters:
    ///   - alpha: Whether to enlarge the image's alpha channel, as gray, instead of its colours.
    ///   - name: The image's name in messages.
    ///   - progress: A function that is told which share, 0...1, is done; false cancels.
    /// - Throws: `.argument` for an image that holds values that are not finite, or if the network makes such values of it;
    ///   `.cancelled`; `.engine` and `.integers`, mostly if memory runs out.
    func run(
        _ image: Image, alpha: Bool, name: String, progress: ((Double) -> Bool)?, draw: Draw
    ) throws(SuperResolutionError) {
        switch kind {
        case .integers(let executors, _):
            let step = executors.count == 1 ? 0 : (alpha ? image.alphaTensor() : image.tensorRGB()).map(imageStep) ?? 0
            guard let executor = executors[step] else { return }
            for (other, executor) in executors where other != step { executor.releaseMemory() }
            try run(executor, image, alpha: alpha, name: name, progress: progress, draw: draw)
        case .float(let executors, let strips):
            if let strips = self.strips(strips, instead: executors, width: image.width, height: image.height) {
                let isAdaptive = model.quantized?.imageThresholds != nil
                let step = isAdaptive ? (alpha ? image.alphaTensor() : image.tensorRGB()).map(imageStep) ?? 0 : 0
                for executor in executors.values { executor.releaseMemory() }
                let executor = try strips.executor(imageStep: step)
                return try run(executor, image, alpha: alpha, name: name, progress: progress, draw: draw)
            }
            strips?.releaseMemory()
            guard let input = alpha ? image.alphaTensor() : image.tensorRGB() else { return }
            guard input.values.allFinite else { throw Self.notFinite(name) }
            let step = executors.count == 1 ? 0 : imageStep(input)
            guard let executor = executors[step] else { return }
            for (other, executor) in executors where other != step { executor.releaseMemory() }
            let output: Tensor
            do {
                output = try executor.run(input, variants: variants(for: input), progress: progress)
            } catch .cancelled {
                throw .cancelled(doing: "upscaling \(name)")
            } catch {
                throw .engine(error)
            }
            guard output.values.allFinite else { throw madeNotFinite(name) }
            output.values.withUnsafeBufferPointer { values in
                if let start = values.baseAddress { draw(start, 0, 0, values.count / 3) }
            }
        }
    }

    /// Runs the image row by row through an executor; parameters and errors are those of the method above.
    private func run(
        _ executor: IntegerExecutor, _ image: Image, alpha: Bool, name: String, progress: ((Double) -> Bool)?, draw: Draw
    ) throws(SuperResolutionError) {
        if case .float32(let values) = image.samples, !values.allFinite { throw Self.notFinite(name) }
        let isFinite = Atomic(true)
        do {
            try executor.run(
                width: image.width, height: image.height,
                read: { y, x, pixels, target in image.levels(y: y, x: x, pixels: pixels, alpha: alpha, into: target) },
                write: { y, x, pixels, values in
                    if UnsafeBufferPointer(start: values, count: 3 * pixels).allFinite {
                        draw(values, y, x, pixels)
                    } else {
                        isFinite.store(false, ordering: .relaxed)
                    }
                }, progress: progress)
        } catch .cancelled {
            throw .cancelled(doing: "upscaling \(name)")
        } catch {
            throw .integers(error)
        }
        guard isFinite.load(ordering: .relaxed) else { throw madeNotFinite(name) }
    }

    /// Returns the error for an image that holds values that are not finite.
    private static func notFinite(_ name: String) -> SuperResolutionError {
        .argument("\(name): holds values that are not finite")
    }

    /// Returns the error for a result with values that are not finite: rounded to pixels, infinities would pass for white and
    /// NaNs for black.
    private func madeNotFinite(_ name: String) -> SuperResolutionError {
        .argument("\(name): \(model.name) made values of it that are not finite")
    }

    /// Returns the image step of an input `[1, height, width, 3]`; 0 where bits do not depend on the image.
    private func imageStep(_ input: Tensor) -> Int { model.quantized?.imageStep(of: input) ?? 0 }

    /// Returns which variant of each adaptive layer's quantizer the input needs; empty where executors are for one step alone.
    private func variants(for input: Tensor) -> [Int] {
        guard !model.isSnapped else { return [] }
        return model.quantized?.variants(imageSteps: [imageStep(input)]) ?? []
    }

    /// Returns the mean bits of the activations that an image's colours are computed with; nil in float.
    func bits(of image: Image) -> Double? {
        model.quantized.map { quantized in
            let step = quantized.imageThresholds == nil ? 0 : quantized.imageStep(of: image.tensorRGB())
            return quantized.averageActivationBits(imageStep: step)
        }
    }

    /// Gives the scratch memory of all executors back to the system; they stay usable.
    func releaseMemory() {
        switch kind {
        case .float(let executors, let strips):
            for executor in executors.values { executor.releaseMemory() }
            strips?.releaseMemory()
        case .integers(let executors, _): for executor in executors.values { executor.releaseMemory() }
        }
    }

    // MARK: - Memory

    /// Makes sure, before the work, that the memory for an image is there.
    ///
    /// - Parameter result: The number of bytes that a pixel of the result takes with the caller.
    /// - Throws: `.memory`, with the width of an image of the same height that would fit.
    func requireMemory(for image: Image, result: Int, name: String) throws(SuperResolutionError) {
        let bytes = demand(width: image.width, height: image.height, result: result)
        guard bytes > Double(Memory.alwaysThere), !SystemMemory.has(bytes: bytes) else { return }
        var (fits, tooMuch) = (0, image.width)
        while tooMuch - fits > 1 {
            let middle = (fits + tooMuch) / 2
            let fitsToo = SystemMemory.has(bytes: demand(width: middle, height: image.height, result: result))
            if fitsToo { fits = middle } else { tooMuch = middle }
        }
        throw .memory(
            "\(name): upscaling \(image.width) x \(image.height) pixels takes about \(Self.megabytes(bytes)) MB of memory, "
                + "\(Self.megabytes(SystemMemory.obtainable(below: bytes))) MB are there: enough for \(fits) x \(image.height) "
                + "pixels")
    }

    /// Returns about how many bytes upscaling an image of this size takes, the result included.
    private func demand(width: Int, height: Int, result: Int) -> Double {
        let pixels = Double(width) * Double(height)
        let drawn = pixels * Double(model.scale * model.scale * result)
        switch kind {
        case .float(let executors, let strips):
            let drawn = drawn + Double(width * model.scale) * Self.libraryBytesPerColumn
            if let strips = self.strips(strips, instead: executors, width: width, height: height) {
                return drawn + Double(strips.bytes(width: width, height: height))
            }
            // The engine's output is whole before it is drawn: 12 more bytes for each pixel of the input, at least.
            return Self.bytesOfWholeMaps(executors, width: width, height: height) + drawn + pixels * 12
        case .integers(let executors, let threads):
            let bytes = executors.values.map {
                IntegerExecutor.bytes($0.program, width: width, height: height, threads: threads)
            }
            return drawn + Double(bytes.max() ?? 0)
        }
    }

    /// Returns the strips if whole feature maps of an image of this size would take more than `mostForWholeMaps` and rows can flow
    /// through the graph; else nil, and the image runs on whole maps.
    private func strips(
        _ strips: FloatStrips?, instead executors: [Int: Executor], width: Int, height: Int
    ) -> FloatStrips? {
        guard let strips, Self.bytesOfWholeMaps(executors, width: width, height: height) > mostForWholeMaps, strips.arePossible
        else { return nil }
        return strips
    }

    /// Returns how many bytes whole feature maps take; one executor answers for all, since those of all steps run the same graph.
    private static func bytesOfWholeMaps(_ executors: [Int: Executor], width: Int, height: Int) -> Double {
        executors.values.first?.bytes(width: width, height: height) ?? 0
    }

    /// The number of bytes that oneDNN's tables take for each column of the result, whatever the height: at most 3.7 KB were
    /// measured (EDSR, SRResNet and RDN, twofold and fourfold). They count where an image is many thousands of pixels wide.
    private static let libraryBytesPerColumn = 4096.0

    /// The number of bytes that whole feature maps may take: 1 GiB, which is EDSR's for an image of 640 x 360 pixels with some
    /// to spare.
    static let mostForWholeMaps = 1024.0 * 1024 * 1024

    /// Returns a number of bytes in whole megabytes, below 10^15 so that no demand overflows an `Int`.
    private static func megabytes(_ bytes: Double) -> Int { Int(min(bytes / 1e6, 1e15)) }
}
