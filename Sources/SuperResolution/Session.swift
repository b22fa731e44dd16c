import Calibration
import Files
import FloatEngine
import Images
import Tensors

/// One thread's scratch memory for running a model on images. Belongs to one thread at a time.
public final class Session {
    public let model: Model
    private let executor: Executor
    private let demand: MemoryDemand
    /// Told on the calling thread how far an image is, in thousandths; false cancels that image.
    public var progress: ProgressFunction?

    /// - Parameter threads: that work on one image; nil means one per processor. Never changes a byte of the output.
    public init(_ model: Model, threads: Int? = nil) throws(SuperResolutionError) {
        let pool = ThreadPool(threads: try Processors.threads(threads))
        self.model = model
        demand = try MemoryDemand(model.network)
        executor = try wrapping(SuperResolutionError.engine) { () throws(FloatEngineError) in
            try Executor(network: model.network, pool: pool, overrides: model.overrides)
        }
    }

    /// Upscales an image.
    ///
    /// Gray goes through the network as RGB and comes back as the mean of the channels. Alpha goes through the network too,
    /// unless it is the same everywhere. Values are clamped to the range of `type` and rounded to nearest, ties to even.
    /// - Parameters: the channels and their type in the result; nil means as in `image`.
    /// - Throws: `.memory` before any work for a size that this machine cannot hold; `.argument` for values that are not
    ///   finite.
    public func upscale(_ image: Image, format: PixelFormat? = nil, type: SampleType? = nil) throws(SuperResolutionError) -> Image {
        try enlarged(image, name: "image").image(format ?? image.format, type ?? image.type)
    }

    /// Upscales a PNG file into a PNG file of the same kind; palettes become RGB.
    public func upscale(file input: String, to output: String) throws(SuperResolutionError) {
        // What cannot be written in the end is better known before the work.
        guard !Files.isFolder(output) else { throw .file(.isFolder(path: output)) }
        let image = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try Image.read(png: input) }
        let result = try enlarged(image, name: input).image(image.format, image.type)
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in try result.write(png: output) }
    }

    /// Gives scratch memory back to the system.
    public func releaseMemory() { executor.releaseMemory() }

    /// What the network makes of an image, before rounding.
    func enlarged(_ image: Image, name: String) throws(SuperResolutionError) -> EnlargedImage {
        try checkMemory(image, name: name)
        let (low, alpha) = (image.tensorRGB(), image.alphaTensor())
        let same = alpha.flatMap { Self.onlyValue(of: $0) }
        // Alpha that differs from pixel to pixel is the second half of the work.
        let share = alpha == nil || same != nil ? 1 : 0.5
        let colours = try run(low, name: name, from: 0, share: share)
        let bits = model.quantized.map { $0.averageActivationBits(imageStep: $0.imageStep(of: low)) }
        var enlarged = EnlargedImage(colours: colours, bits: bits)
        if let same {
            enlarged.alpha = Tensor(dimensions: colours.dimensions, values: [Float](repeating: same, count: colours.values.count))
        } else if let alpha {
            enlarged.alpha = try run(alpha, name: name, from: share, share: share)
        }
        return enlarged
    }

    private static func onlyValue(of tensor: Tensor) -> Float? {
        guard let first = tensor.values.first, first.isFinite, tensor.values.allEqual(first) else { return nil }
        return first
    }

    /// - Parameters: where of the whole work, from 0 to 1, this run begins, and how much of it it is.
    private func run(_ input: Tensor, name: String, from start: Double, share: Double) throws(SuperResolutionError) -> Tensor {
        let progress = progress.map { progress in
            { (done: Double) in
                let thousandths = Int((start + share * done) * 1000)
                return progress(ProgressReport(stage: .upscale, done: thousandths, total: 1000, detail: name))
            }
        }
        guard input.values.allFinite else { throw .argument("\(name): holds values that are not finite") }
        let variants = model.quantized.map { $0.variants(imageSteps: [$0.imageStep(of: input)]) } ?? []
        let output: Tensor
        do {
            output = try executor.run(input, variants: variants, progress: progress)
        } catch .cancelled {
            throw .cancelled(doing: "upscaling \(name)")
        } catch {
            throw .engine(error)
        }
        // Rounded to pixels, infinities would pass for white and NaNs for black.
        guard output.values.allFinite else {
            throw .argument("\(name): \(model.name) made values of it that are not finite")
        }
        return output
    }

    private func checkMemory(_ image: Image, name: String) throws(SuperResolutionError) {
        let channels = image.format.hasAlpha ? 2 : 1
        let ends = Double(image.width) * Double(image.height) * Double((1 + model.scale * model.scale) * 4 * 4 * channels)
        let bytes = demand.bytes(width: image.width, height: image.height) + ends
        guard bytes > Self.alwaysThere, !SystemMemory.has(bytes: bytes) else { return }
        throw .memory(
            "\(name): upscaling \(image.width) x \(image.height) pixels takes about \(Self.megabytes(bytes)) MB of memory, "
                + "\(Self.megabytes(Double(SystemMemory.available))) MB are there")
    }

    /// Below this, asking the system costs more than it tells.
    private static let alwaysThere = 64.0 * 1024 * 1024

    private static func megabytes(_ bytes: Double) -> Int { Int(min(bytes / 1e6, 1e15)) }
}

/// Colours and alpha as the network gave them: `[1, height, width, 3]`, 0…255, not yet clamped and rounded.
struct EnlargedImage {
    var colours: Tensor
    /// Nil for an image that has none.
    var alpha: Tensor?
    /// Of the activations that the colours were computed with: AdaBM's average over the layers below 8 bits. Nil in float.
    var bits: Double?

    func image(_ format: PixelFormat, _ type: SampleType) throws(SuperResolutionError) -> Image {
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try Image(rgb: colours, alpha: alpha, format: format, type: type)
        }
    }
}

extension [Float] {
    var allFinite: Bool {
        // Without the sign, the bits of infinity and of what is no number are the largest.
        withUnsafeBufferPointer { values in
            var bits: UInt32 = 0
            var index = 0  // A range would make debug builds, which the tests are, several times slower.
            while index < values.count {
                bits = Swift.max(bits, values[index].bitPattern & 0x7FFF_FFFF)
                index += 1
            }
            return bits < Float.infinity.bitPattern
        }
    }

    fileprivate func allEqual(_ value: Float) -> Bool {
        withUnsafeBufferPointer { values in
            var index = 0
            while index < values.count, values[index] == value { index += 1 }
            return index == values.count
        }
    }
}
