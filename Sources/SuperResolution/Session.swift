import Files
import FloatEngine
import Images
import Tensors

/// One thread's scratch memory for running a model on images. Belongs to one thread at a time.
///
/// Through a model on integer grids rows flow, in integers where a layer has them, and memory grows with an image's width. Any other runs
/// in float, where its quantizers are simulated, whole feature maps at a time.
public final class Session {
    public let model: Model
    private let engine: SessionEngine
    /// Told on the calling thread how far an image is, in thousandths; false cancels that image.
    public var progress: ProgressFunction?

    /// - Parameters:
    ///   - threads: that work on one image; nil means one per processor. Never changes a byte of the output.
    ///   - simulated: run in float even what could run in integers. The output is the same, to the last bit.
    ///   - precision: of what is not quantized.
    /// - Throws: `.unsupported` for a precision that this machine has no instructions for.
    public init(
        _ model: Model, threads: Int? = nil, simulated: Bool = false, precision: Precision = .f32
    ) throws(SuperResolutionError) {
        let pool = try ThreadPool(asked: threads)
        self.model = model
        engine = try SessionEngine(model, pool: pool, simulated: simulated, precision: precision)
    }

    /// A session whose limit for whole feature maps, in bytes, is not the usual one: the output is the same.
    package init(
        _ model: Model, threads: Int, precision: Precision = .f32, mostForWholeMaps: Double
    ) throws(SuperResolutionError) {
        self.model = model
        engine = try SessionEngine(
            model, pool: try ThreadPool(asked: threads), simulated: false, precision: precision,
            mostForWholeMaps: mostForWholeMaps)
    }

    public var runsInIntegers: Bool { engine.runsInIntegers }

    /// Upscales an image.
    ///
    /// Gray goes through the network as RGB and comes back as the mean of the channels. Alpha goes through the network too,
    /// unless it is the same everywhere. Values are clamped to the range of `type` and rounded to nearest, ties to even.
    /// - Parameters: the channels and their type in the result; nil means as in `image`.
    /// - Throws: `.memory` before any work for a size that this machine cannot hold; `.argument` for values that are not
    ///   finite.
    public func upscale(_ image: Image, format: PixelFormat? = nil, type: SampleType? = nil) throws(SuperResolutionError) -> Image {
        try upscaled(image, format ?? image.format, type ?? image.type, name: "image")
    }

    /// Upscales a PNG file into a PNG file of the same kind; palettes become RGB.
    public func upscale(file input: String, to output: String) throws(SuperResolutionError) {
        // What cannot be written in the end is better known before the work.
        guard !Files.isFolder(output) else { throw .file(.isFolder(path: output)) }
        let image = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try Image.read(png: input) }
        let result = try upscaled(image, image.format, image.type, name: input)
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in try result.write(png: output) }
    }

    /// Gives scratch memory back to the system.
    public func releaseMemory() { engine.releaseMemory() }

    private func upscaled(
        _ image: Image, _ format: PixelFormat, _ type: SampleType, name: String
    ) throws(SuperResolutionError) -> Image {
        var failure: SuperResolutionError?
        let (width, height) = (image.width * model.scale, image.height * model.scale)
        try engine.requireMemory(for: image, result: format.channels * type.size, name: name)
        let result = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try ImageCanvas.image(width: width, height: height, format: format, type: type) { canvas in
                do throws(SuperResolutionError) {
                    try enlarge(
                        image, withAlpha: format.hasAlpha, name: name,
                        colours: { canvas.draw($0, y: $1, x: $2, pixels: $3) },
                        alpha: { canvas.drawAlpha($0, y: $1, x: $2, pixels: $3) })
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
        return result
    }

    /// What the network makes of an image, before rounding.
    func enlarged(_ image: Image, name: String) throws(SuperResolutionError) -> EnlargedImage {
        let (width, height) = (image.width * model.scale, image.height * model.scale)
        try engine.requireMemory(for: image, result: image.format.hasAlpha ? 24 : 12, name: name)
        let colours = try FloatCanvas(width: width, height: height)
        let alpha = image.format.hasAlpha ? try FloatCanvas(width: width, height: height) : nil
        try enlarge(
            image, withAlpha: alpha != nil, name: name,
            colours: { colours.draw($0, y: $1, x: $2, pixels: $3) },
            alpha: { alpha?.draw($0, y: $1, x: $2, pixels: $3) })
        return EnlargedImage(colours: colours.tensor, alpha: alpha?.tensor, bits: engine.bits(of: image))
    }

    /// - Parameter withAlpha: whether the image's alpha, if it has one, is wanted.
    private func enlarge(
        _ image: Image, withAlpha: Bool, name: String, colours: SessionEngine.Draw, alpha: SessionEngine.Draw
    ) throws(SuperResolutionError) {
        guard withAlpha, let values = image.alphaTensor()?.values, let first = values.first else {
            return try engine.run(image, alpha: false, name: name, progress: progress(name, from: 0, share: 1), draw: colours)
        }
        // Alpha that differs from pixel to pixel is the second half of the work.
        let isSame = first.isFinite && values.allEqual(first)
        let share = isSame ? 1 : 0.5
        try engine.run(image, alpha: false, name: name, progress: progress(name, from: 0, share: share), draw: colours)
        guard isSame else {
            return try engine.run(image, alpha: true, name: name, progress: progress(name, from: share, share: share), draw: alpha)
        }
        let width = image.width * model.scale
        let row = [Float](repeating: first, count: width * 3)
        row.withUnsafeBufferPointer { row in
            guard let start = row.baseAddress else { return }
            for y in 0..<image.height * model.scale { alpha(start, y, 0, width) }
        }
    }

    /// - Parameters: where of the whole work, from 0 to 1, a run begins, and how much of it it is.
    private func progress(_ name: String, from start: Double, share: Double) -> ((Double) -> Bool)? {
        guard let progress else { return nil }
        return { done in
            let thousandths = Int((start + share * done) * 1000)
            return progress(ProgressReport(stage: .upscale, done: thousandths, total: 1000, detail: name))
        }
    }
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
    fileprivate func allEqual(_ value: Float) -> Bool {
        withUnsafeBufferPointer { values in
            var index = 0
            while index < values.count, values[index] == value { index += 1 }
            return index == values.count
        }
    }
}
