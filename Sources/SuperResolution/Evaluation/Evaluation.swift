import Files
import FloatEngine
import Glibc
import Images
import QuantizedNetworks
import Tensors

/// Scores of a model on a folder of images.
public struct Evaluation: Sendable, Equatable {
    public struct ImageScore: Sendable, Equatable {
        /// Of the file, without ".png".
        public var name: String
        public var score: Score
        /// Mean activation bits of the layers quantized below 8 bits, which can depend on the image; 32 for a model in float.
        public var bits: Double
    }

    /// An image that could not be scored, and was left out of the mean because the caller wanted to go on.
    public struct Skipped: Sendable, Equatable {
        /// Of the file, without ".png".
        public var name: String
        /// Names the file that is to blame.
        public var reason: String
    }

    /// The folder's own name.
    public let name: String
    /// In the order of the data set; at least one.
    public let images: [ImageScore]
    public let skipped: [Skipped]
    /// Means over the images' scores.
    public let mean: Score
    /// AdaBM's FAB: the mean over the images of their bits.
    public let meanBits: Double

    init(name: String, images: [ImageScore], skipped: [Skipped]) {
        (self.name, self.images, self.skipped) = (name, images, skipped)
        func mean(_ part: (ImageScore) -> Double) -> Double { images.reduce(0) { $0 + part($1) } / Double(images.count) }
        self.mean = Score(psnr: mean(\.score.psnr), ssim: mean(\.score.ssim), ssimReplicate: mean(\.score.ssimReplicate))
        meanBits = mean(\.bits)
    }
}

extension Model {
    /// Upscales and scores every image of a folder (`DataSet` says how it is laid out).
    ///
    /// Scored is what the network makes of the low resolution image in RGB, clamped and rounded to 8 bit, also where that image
    /// is gray (facts 5.1); written is an image of the same kind as the low resolution one.
    /// - Parameters:
    ///   - shave: pixels left out at every side; nil means as many as the scale.
    ///   - threads: nil means one per processor; never changes a byte of the result.
    ///   - precision: of what is not quantized.
    ///   - patches: how images are cut, as Test2K and Test4K are; nil means not at all.
    ///   - keepGoing: images that are missing, damaged or of the wrong size are skipped and named in the result. Otherwise the first
    ///     one is an error. An error it is too if nothing is left.
    ///   - outputFolder: where upscaled images go as `name.png`, made if it is not there; nil means nowhere.
    ///   - progress: called on this thread; false cancels.
    public func evaluate(
        folder: String, shave: Int? = nil, patches: PatchTest? = nil, keepGoing: Bool = false, threads: Int? = nil,
        precision: Precision = .f32, outputFolder: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Evaluation {
        let data = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try DataSet(folder: folder, scale: scale, complete: !keepGoing)
        }
        if let outputFolder { try Self.makeFolder(outputFolder) }
        let session = try Session(self, threads: threads, precision: precision)
        var scores: [Evaluation.ImageScore] = []
        var skipped: [Evaluation.Skipped] = []
        for (index, entry) in data.entries.enumerated() {
            let output: Image?
            do throws(SuperResolutionError) {
                let scored = try score(entry, of: data, session, shave: shave ?? scale, patches: patches)
                scores.append(scored.score)
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
        return Evaluation(name: name, images: scores, skipped: skipped)
    }

    /// - Returns: with the score, the enlarged image of the low resolution's kind.
    private func score(
        _ entry: DataSet.Entry, of data: DataSet, _ session: Session, shave: Int, patches: PatchTest?
    ) throws(SuperResolutionError) -> (score: Evaluation.ImageScore, output: Image) {
        let (low, high) = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try data.load(entry) }
        let file = entry.low ?? entry.high
        let enlarged =
            if let patches { try session.enlarged(low, by: patches, name: file) } else { try session.enlarged(low, name: file) }
        let result = try enlarged.image(.rgb, .uint8)
        let score: Score
        do {
            score = try Metrics.score(result, high, shave: shave)
        } catch {
            throw .image(.unsuitable(name: entry.high, reason: error.description))
        }
        let bits = enlarged.bits ?? Double(LayerQuantization.floatBits)
        return (.init(name: entry.name, score: score, bits: bits), try enlarged.image(low.format, low.type))
    }

    private static func makeFolder(_ path: String) throws(SuperResolutionError) {
        guard !Files.isFolder(path) else { return }
        guard mkdir(path, 0o777) == 0 else { throw .file(.system(path: path, doing: "make the folder", code: errno)) }
    }
}
