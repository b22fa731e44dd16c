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
    /// How alpha channels are enlarged.
    public let alpha: AlphaEnlargement
    private let engine: SessionEngine
    /// The function that is told, on the calling thread, how far an image is, in thousandths; its answer false cancels that image.
    public var progress: ProgressFunction?
    /// The function that is told, on the calling thread, what is wrong with a file without any change to a pixel.
    public var warning: ((String) -> Void)?

    /// Makes a session for a model.
    ///
    /// - Parameters:
    ///   - threads: The number of threads for one image; nil means one per processor. It never changes a byte of the output.
    ///   - simulated: Whether to run in float even what could run in integers. The output is the same, to the last bit.
    ///   - precision: The arithmetic of layers that are not quantized.
    ///   - alpha: How alpha channels are enlarged.
    ///   - arithmetic: The format that all layers in whole numbers are computed in; nil means the fastest that is exact for each
    ///     layer. The output is the same.
    /// - Throws: `.argument` for a number of threads outside 1...1024 and for an `arithmetic` of a model without layers in whole
    ///   numbers, `.unsupported` for a precision that this machine has no instructions for, `.engine` if the network cannot be
    ///   prepared, `.integers` for an `arithmetic` that is not exact for a layer, which the error names.
    public init(
        _ model: Model, threads: Int? = nil, simulated: Bool = false, precision: Precision = .f32,
        alpha: AlphaEnlargement = .bicubic, arithmetic: LayerFormat? = nil
    ) throws(SuperResolutionError) {
        let pool = try ThreadPool(asked: threads)
        (self.model, self.alpha) = (model, alpha)
        engine = try SessionEngine(model, pool: pool, simulated: simulated, precision: precision, format: arithmetic)
    }

    /// Makes a session whose limit for whole feature maps is this number of bytes instead of `SessionEngine.mostForWholeMaps`,
    /// so that tests see strips on small images. The output is the same.
    package init(
        _ model: Model, threads: Int, precision: Precision = .f32, mostForWholeMaps: Double
    ) throws(SuperResolutionError) {
        (self.model, self.alpha) = (model, .bicubic)
        engine = try SessionEngine(
            model, pool: try ThreadPool(asked: threads), simulated: false, precision: precision,
            mostForWholeMaps: mostForWholeMaps)
    }

    /// Whether images run through the integer engine.
    public var runsInIntegers: Bool { engine.runsInIntegers }

    /// Upscales an image.
    ///
    /// Gray goes through the network as RGB and comes back as the mean of the channels. Alpha is enlarged as `alpha` says.
    /// Values are clamped to the range of `type` and rounded to nearest, ties to even.
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
        try wrapping(SuperResolutionError.file) { () throws(FileError) in try AtomicFile.requireWritable(output) }
        let inputs = [InputFile(input)].compactMap { $0 } + model.sources
        try inputs.refuseReplacing(by: output, what: "the upscaled image")
        try wrapping(SuperResolutionError.image) { () throws(ImageError) in try Image.checkName(png: output) }
        let image = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try Image.read(png: input) }
        if let warning { image.warnings.forEach(warning) }
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
        let bytesOfAlpha = format.hasAlpha && image.format.hasAlpha ? Self.copiesOfAlpha * type.size : 0
        try engine.requireMemory(for: image, result: format.channels * type.size + bytesOfAlpha, name: name)
        let result = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try ImageCanvas.image(width: width, height: height, format: format, type: type) { canvas in
                do throws(SuperResolutionError) {
                    try enlarge(
                        image, alphaType: format.hasAlpha ? type : nil, name: name,
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
        let bytesOfAlpha = image.format.hasAlpha ? 12 + Self.copiesOfAlpha * image.type.size : 0
        try engine.requireMemory(for: image, result: 12 + bytesOfAlpha, name: name)
        let colours = try FloatCanvas(width: width, height: height)
        let alpha = image.format.hasAlpha ? try FloatCanvas(width: width, height: height) : nil
        try enlarge(
            image, alphaType: alpha == nil ? nil : image.type, name: name,
            colours: { colours.draw($0, y: $1, x: $2, pixels: $3) },
            alpha: { alpha?.draw($0, y: $1, x: $2, pixels: $3) })
        return EnlargedImage(colours: colours.tensor, alpha: alpha?.tensor, bits: engine.bits(of: image))
    }

    /// The number of samples that enlarging alpha takes for a pixel of the result: the enlarged channel, and it again while it is
    /// enlarged along one axis.
    private static let copiesOfAlpha = 2

    /// Runs the image, enlarges its alpha channel if that is wanted, and hands the rows to `colours` and `alpha` as they are done.
    ///
    /// - Parameter alphaType: The type of the result's alpha; nil where the image's alpha, if it has one, is not wanted.
    private func enlarge(
        _ image: Image, alphaType: SampleType?, name: String, colours: SessionEngine.Draw, alpha draw: SessionEngine.Draw
    ) throws(SuperResolutionError) {
        guard let alphaType, image.format.hasAlpha else {
            return try engine.run(image, alpha: false, name: name, progress: progress(name, from: 0, share: 1), draw: colours)
        }
        let enlarged = try EnlargedAlpha(image, scale: model.scale, type: alphaType, by: alpha, name: name)
        // A second run of the network is the second half of the work.
        let share = enlarged.needsNetwork ? 0.5 : 1
        try engine.run(image, alpha: false, name: name, progress: progress(name, from: 0, share: share), draw: colours)
        guard enlarged.needsNetwork else { return enlarged.draw(draw) }
        try engine.run(image, alpha: true, name: name, progress: progress(name, from: share, share: share)) {
            enlarged.draw($0, y: $1, x: $2, pixels: $3, draw)
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
    /// The alpha channel, repeated three times; nil for an image that has none.
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
