import Calibration
import Files
import Glibc
import Images

/// Scores of a model on a folder of images.
public struct Evaluation: Sendable, Equatable {
    public struct ImageScore: Sendable, Equatable {
        /// Of the file, without ".png".
        public var name: String
        public var score: Score
    }

    /// The folder's own name.
    public let name: String
    /// In the order of the data set; at least one.
    public let images: [ImageScore]
    /// Means over the images' scores.
    public let mean: Score

    init(name: String, images: [ImageScore]) {
        (self.name, self.images) = (name, images)
        func mean(_ part: (Score) -> Double) -> Double { images.reduce(0) { $0 + part($1.score) } / Double(images.count) }
        self.mean = Score(psnr: mean(\.psnr), ssim: mean(\.ssim), ssimReplicate: mean(\.ssimReplicate))
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
    ///   - outputFolder: where upscaled images go as `name.png`, made if it is not there; nil means nowhere.
    ///   - progress: called on this thread; false cancels.
    public func evaluate(
        folder: String, shave: Int? = nil, threads: Int? = nil, outputFolder: String? = nil,
        progress: ProgressFunction = { _ in true }
    ) throws(SuperResolutionError) -> Evaluation {
        let data = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try DataSet(folder: folder, scale: scale)
        }
        if let outputFolder { try Self.makeFolder(outputFolder) }
        let session = try Session(self, threads: threads)
        var scores: [Evaluation.ImageScore] = []
        for (index, entry) in data.entries.enumerated() {
            let (low, high) = try wrapping(SuperResolutionError.image) { () throws(ImageError) in try data.load(entry) }
            let enlarged = try session.enlarged(low, name: entry.low ?? entry.high)
            let result = try enlarged.image(.rgb, .uint8)
            do {
                scores.append(.init(name: entry.name, score: try Metrics.score(result, high, shave: shave ?? scale)))
            } catch {
                throw .image(.unsuitable(name: entry.high, reason: error.description))
            }
            if let outputFolder {
                let output = try enlarged.image(low.format, low.type)
                try wrapping(SuperResolutionError.image) { () throws(ImageError) in
                    try output.write(png: Files.joined(outputFolder, entry.name + ".png"))
                }
            }
            let report = ProgressReport(stage: .evaluate, done: index + 1, total: data.entries.count, detail: entry.name)
            guard progress(report) else { throw .cancelled(doing: "evaluation") }
        }
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        return Evaluation(name: name, images: scores)
    }

    private static func makeFolder(_ path: String) throws(SuperResolutionError) {
        guard !Files.isFolder(path) else { return }
        guard mkdir(path, 0o777) == 0 else { throw .file(.system(path: path, doing: "make the folder", code: errno)) }
    }
}
