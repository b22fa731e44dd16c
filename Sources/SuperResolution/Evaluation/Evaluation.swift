import Files
import FloatEngine
import Glibc
import Images
import QuantizedNetworks
import Tensors

/// The scores of a model on a folder of images (docs/protocols.md, "PSNR and SSIM").
public struct Evaluation: Sendable, Equatable {
    /// The score of one image, and the bits that it was upscaled with.
    public struct ImageScore: Sendable, Equatable {
        /// The name of the image's file, without ".png".
        public var name: String
        /// PSNR in dB and both readings of SSIM, on luma.
        public var score: Score
        /// The mean activation bits of the layers quantized below 8 bits, which can depend on the image; 32 for a model in float.
        public var bits: Double
    }

    /// An image that could not be scored, and was left out of the mean because the caller wanted to go on.
    public struct Skipped: Sendable, Equatable {
        /// The name of the image's file, without ".png".
        public var name: String
        /// Why the image could not be scored; the text names the file that is to blame.
        public var reason: String
    }

    /// The folder's own name, without the path to it.
    public let name: String
    /// The scores of the images in the order of the data set; there is at least one.
    public let images: [ImageScore]
    /// The images that were left out, in the order of the data set; empty unless the caller wanted to go on.
    public let skipped: [Skipped]
    /// What was wrong with the files of the images that were scored, without any change to a pixel.
    public let warnings: [String]
    /// The means over the scores in `images`. Those of structural similarity are over the images that its window fits into.
    public let mean: Score
    /// The names of the images that are too small for the window of MATLAB's structural similarity, whose own is NaN.
    public let withoutSimilarity: [String]
    /// AdaBM's FAB (docs/baselines.md, "FAB"): the mean over `images` of their bits.
    public let meanBits: Double

    init(name: String, images: [ImageScore], skipped: [Skipped], warnings: [String] = []) {
        (self.name, self.images, self.skipped, self.warnings) = (name, images, skipped, warnings)
        func mean(_ part: (ImageScore) -> Double) -> Double {
            let values = images.map(part).filter { !$0.isNaN }
            return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
        }
        withoutSimilarity = images.filter { $0.score.ssim.isNaN }.map(\.name)
        self.mean = Score(psnr: mean(\.score.psnr), ssim: mean(\.score.ssim), ssimReplicate: mean(\.score.ssimReplicate))
        meanBits = mean(\.bits)
    }
}

extension Model {
    /// Upscales and scores every image of a folder (`DataSet` says how it is laid out).
    ///
    /// The network's result in RGB, clamped and rounded to 8 bits, is what gets the score, also where the low resolution image
    /// is gray (docs/protocols.md, "PSNR and SSIM"). The image that is written has the pixel format and type of the low
    /// resolution one.
    ///
    /// - Parameters:
    ///   - shave: The number of pixels that are left out at every side; nil means as many as the scale.
    ///   - threads: The number of threads for one image; nil means one per processor. It never changes a byte of the result.
    ///   - precision: The arithmetic of layers that are not quantized.
    ///   - alpha: How the alpha of images that are written is enlarged.
    ///   - patches: How images are cut, as Test2K and Test4K are; nil means not at all.
    ///   - keepGoing: Whether images that are missing, damaged or of the wrong size are skipped and named in the result.
    ///     Without it the first such image is an error.
    ///   - outputFolder: The folder that gets the upscaled images as `name.png`, made if it is not there; nil means none.
    ///   - progress: Called on this thread after each image; false cancels.
    /// - Throws: `.image` for images that cannot be used, `.argument` if none of them is left, `.file` for a folder that cannot be
    ///   made, `.cancelled`. Images that were written before the error stay.
    public func evaluate(
        folder: String, shave: Int? = nil, patches: PatchTest? = nil, keepGoing: Bool = false, threads: Int? = nil,
        precision: Precision = .f32, alpha: AlphaEnlargement = .bicubic, outputFolder: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Evaluation {
        let data = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try DataSet(folder: folder, scale: scale, complete: !keepGoing)
        }
        if let outputFolder {
            try Self.makeFolder(outputFolder)
            try checkOutputs(outputFolder, of: data)
        }
        let session = try Session(self, threads: threads, precision: precision, alpha: alpha)
        var scores: [Evaluation.ImageScore] = []
        var skipped: [Evaluation.Skipped] = []
        var warnings: [String] = []
        for (index, entry) in data.entries.enumerated() {
            let output: Image?
            do throws(SuperResolutionError) {
                let scored = try score(entry, of: data, session, shave: shave ?? scale, patches: patches)
                scores.append(scored.score)
                warnings += scored.warnings
                output = scored.output
            } catch .image(let error) where keepGoing {
                skipped.append(.init(name: entry.name, reason: error.description))
                output = nil
            }
            if let outputFolder, let output {
                try wrapping(SuperResolutionError.image) { () throws(ImageError) in
                    try output.write(png: Files.joined(outputFolder, entry.name + ".png"))
                }
            }
            let report = ProgressReport(stage: .evaluate, done: index + 1, total: data.entries.count, detail: entry.name)
            guard progress(report) else { throw .cancelled(doing: "evaluation") }
        }
        guard !scores.isEmpty else {
            throw .argument("\(folder): none of its \(skipped.count) images can be scored; the first one: \(skipped[0].reason)")
        }
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        return Evaluation(name: name, images: scores, skipped: skipped, warnings: warnings)
    }

    /// Upscales and scores one image of the data set.
    ///
    /// - Returns: The score, the enlarged image in the pixel format and type of the low resolution one, and the warnings of the
    ///   files.
    private func score(
        _ entry: DataSet.Entry, of data: DataSet, _ session: Session, shave: Int, patches: PatchTest?
    ) throws(SuperResolutionError) -> (score: Evaluation.ImageScore, output: Image, warnings: [String]) {
        let (low, high) = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try data.load(entry) }
        let file = entry.low ?? entry.high
        let enlarged =
            if let patches { try session.enlarged(low, by: patches, name: file) } else { try session.enlarged(low, name: file) }
        let result = try enlarged.image(.rgb, .uint8)
        let score: Score
        do {
            score = try Metrics.score(result, high, shave: shave)
        } catch {
            if case .memory = error { throw .image(error) }
            throw .image(.unsuitable(name: entry.high, reason: error.description))
        }
        let bits = enlarged.bits ?? Double(LayerQuantization.floatBits)
        return (
            .init(name: entry.name, score: score, bits: bits), try enlarged.image(low.format, low.type),
            high.warnings + low.warnings
        )
    }

    /// Makes sure, before the work, that all upscaled images can be written, and that none replaces an image of the data set or a
    /// file that the model was made from.
    private func checkOutputs(_ outputFolder: String, of data: DataSet) throws(SuperResolutionError) {
        let inputs = data.entries.flatMap { [$0.high, $0.low].compactMap { $0 } }.compactMap(InputFile.init) + sources
        // A look at every output and a set make it as quick for thousands of images as for a few.
        let known = Set(inputs.map(\.identity))
        for entry in data.entries {
            let output = Files.joined(outputFolder, entry.name + ".png")
            try wrapping(SuperResolutionError.file) { () throws(FileError) in try AtomicFile.requireWritable(output) }
            guard let identity = InputFile(output)?.identity, known.contains(identity) else { continue }
            try inputs.refuseReplacing(by: output, what: "the upscaled image")
        }
    }

    private static func makeFolder(_ path: String) throws(SuperResolutionError) {
        guard !Files.isFolder(path) else { return }
        let checked = try wrapping(SuperResolutionError.file) { () throws(FileError) in try Files.checked(path) }
        guard mkdir(checked, 0o777) == 0 else { throw .file(.system(path: path, doing: "make the folder", code: errno)) }
    }
}
