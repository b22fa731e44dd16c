import Files
import FloatEngine
import Images
import IntegerEngine
import Tensors

/// One thread's scratch memory for running a model on images. A session belongs to one thread at a time.
///
/// A snapped model runs row by row, in integers where a layer has an integer form, and its memory grows with an image's width
/// alone. Any other model runs in float, where its quantizers are simulated: on whole feature maps while they are small, else
/// in strips.
public final class Session {
    /// The model that the session runs.
    public let model: Model
    private let engine: SessionEngine
    /// The function that is told, on the calling thread, how far an image is, in thousandths; its answer false cancels that image.
    public var progress: ProgressFunction?

    /// Makes a session for a model.
    ///
    /// - Parameters:
    ///   - threads: The number of threads for one image; nil means one per processor. It never changes a byte of the output.
    ///   - simulated: Whether to run in float even what could run in integers. The output is the same, to the last bit.
    ///   - precision: The arithmetic of layers that are not quantized.
    ///   - arithmetic: The format that all layers in whole numbers are computed in; nil means the fastest that is exact for each
    ///     layer. The output is the same.
    /// - Throws: `.argument` for a number of threads outside 1...1024 and for an `arithmetic` of a model without layers in whole
    ///   numbers, `.unsupported` for a precision that this machine has no instructions for, `.engine` if the network cannot be
    ///   prepared, `.integers` for an `arithmetic` that is not exact for a layer, which the error names.
    public init(
        _ model: Model, threads: Int? = nil, simulated: Bool = false, precision: Precision = .f32, arithmetic: LayerFormat? = nil
    ) throws(SuperResolutionError) {
        let pool = try ThreadPool(asked: threads)
        self.model = model
        engine = try SessionEngine(model, pool: pool, simulated: simulated, precision: precision, format: arithmetic)
    }

    /// Makes a session whose limit for whole feature maps is this number of bytes instead of `SessionEngine.mostForWholeMaps`,
    /// so that tests see strips on small images. The output is the same.
    package init(
        _ model: Model, threads: Int, precision: Precision = .f32, mostForWholeMaps: Double
    ) throws(SuperResolutionError) {
        self.model = model
        engine = try SessionEngine(
            model, pool: try ThreadPool(asked: threads), simulated: false, precision: precision,
            mostForWholeMaps: mostForWholeMaps)
    }

    /// Whether images run through the integer engine.
    public var runsInIntegers: Bool { engine.runsInIntegers }

    /// Upscales an image.
    ///
    /// Gray goes through the network as RGB and comes back as the mean of the channels. Alpha goes through the network too,
    /// unless it is the same everywhere. Values are clamped to the range of `type` and rounded to nearest, ties to even.
    /// - Parameters:
    ///   - format: The channels of the result; nil means those of `image`.
    ///   - type: The type of a channel in the result; nil means that of `image`.
    /// - Throws: `.memory` before any work for a size that this machine cannot hold; `.argument` for values that are not
    ///   finite.
    public func upscale(_ image: Image, format: PixelFormat? = nil, type: SampleType? = nil) throws(SuperResolutionError) -> Image {
        try upscaled(image, format ?? image.format, type ?? image.type, name: "image")
    }

    /// Upscales a PNG file into a PNG file of the same kind; palettes become RGB.
    public func upscale(file input: String, to output: String) throws(SuperResolutionError) {
        // A result that cannot be written in the end is better refused before the work.
        guard !Files.isFolder(output) else { throw .file(.isFolder(path: output)) }
        let image = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try Image.read(png: input) }
        let result = try upscaled(image, image.format, image.type, name: input)
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in try result.write(png: output) }
    }

    /// Gives scratch memory back to the system. The session stays usable and takes memory again for the next image.
    public func releaseMemory() { engine.releaseMemory() }

    /// Upscales an image straight into the pixels of the result, whose memory is asked for before any work; `name` stands for
    /// the image in messages.
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

    /// Returns what the network makes of an image, before clamping and rounding; `name` stands for the image in messages.
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

    /// Runs the image, and its alpha channel if that is wanted, and hands the rows to `colours` and `alpha` as they are done.
    ///
    /// - Parameter withAlpha: Whether the image's alpha, if it has one, is wanted.
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

    /// Returns the function that an engine tells which share of its own run is done, or nil if nobody wants to know.
    ///
    /// - Parameters:
    ///   - start: The share of the whole work, 0...1, that is done when the run begins.
    ///   - share: The share of the whole work, 0...1, that the run itself is.
    private func progress(_ name: String, from start: Double, share: Double) -> ((Double) -> Bool)? {
        guard let progress else { return nil }
        return { done in
            let thousandths = Int((start + share * done) * 1000)
            return progress(ProgressReport(stage: .upscale, done: thousandths, total: 1000, detail: name))
        }
    }
}

/// An image as the network made it, in two tensors `[1, height, width, 3]` on the scale 0…255, not yet clamped and rounded.
struct EnlargedImage {
    /// The colours, in RGB.
    var colours: Tensor
    /// The alpha channel as the network enlarged it, after it went in as gray; nil for an image that has none.
    var alpha: Tensor?
    /// The bits of the activations that the colours were computed with: AdaBM's average over the layers below 8 bits. Nil in float.
    var bits: Double?

    /// Returns the image with its values clamped to the range of `type` and rounded to nearest, ties to even.
    func image(_ format: PixelFormat, _ type: SampleType) throws(SuperResolutionError) -> Image {
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try Image(rgb: colours, alpha: alpha, format: format, type: type)
        }
    }
}

extension [Float] {
    /// Whether every element equals `value`; true for an empty array.
    fileprivate func allEqual(_ value: Float) -> Bool {
        withUnsafeBufferPointer { values in
            var index = 0
            while index < values.count, values[index] == value { index += 1 }
            return index == values.count
        }
    }
}
