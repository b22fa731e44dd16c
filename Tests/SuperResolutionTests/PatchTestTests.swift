import Images
import SuperResolution
import TestSupport
import Testing

@Suite("Patch test")
struct PatchTestTests {
    @Test("patches begin at multiples of the step, the last one reaches to the border")
    func spans() throws {
        func spans(_ length: Int, _ side: Int, _ step: Int? = nil) throws -> [Range<Int>] {
            try PatchTest(side: side, step: step).spans(length)
        }
        #expect(try spans(10, 4) == [0..<4, 4..<10])
        #expect(try spans(12, 4) == [0..<4, 4..<8, 8..<12])
        #expect(try spans(4, 4) == [0..<4] && spans(3, 4) == [0..<3] && spans(1, 1) == [0..<1])
        #expect(try spans(10, 4, 3) == [0..<4, 3..<7, 6..<10])
        #expect(try spans(11, 4, 3) == [0..<4, 3..<7, 6..<11])
        #expect(throws: SuperResolutionError.self) { try PatchTest(side: 0) }
        #expect(throws: SuperResolutionError.self) { try PatchTest(side: 4, step: 0) }
        #expect(throws: SuperResolutionError.self) { try PatchTest(side: 4, step: 5) }
    }

    /// A patch test equals its definition written out slowly: every patch is upscaled into an 8-bit image, and then the mean is
    /// taken over the patches that cover a pixel.
    @Test("every patch is upscaled and rounded on its own, and overlaps are averaged", arguments: [nil, 5, 8] as [Int?])
    func stitching(step: Int?) throws {
        let session = try Session(try TinyModels.float(), threads: 1)
        let test = try PatchTest(side: 8, step: step)
        let picture = Pictures.noise(21, 13, .rgb)
        let result = try session.upscale(picture, by: test, type: .float32)
        var sums = [Float](repeating: 0, count: 42 * 26 * 3)
        var counts = [Float](repeating: 0, count: 42 * 26 * 3)
        for y in test.spans(13) {
            for x in test.spans(21) {
                let part = try picture.cropped(x: x.lowerBound, y: y.lowerBound, width: x.count, height: y.count)
                guard case .uint8(let samples) = try session.upscale(part).samples else { continue }
                for line in 0..<2 * y.count {
                    for i in 0..<2 * x.count * 3 {
                        let target = ((2 * y.lowerBound + line) * 42 + 2 * x.lowerBound) * 3 + i
                        sums[target] += Float(samples[line * 2 * x.count * 3 + i])
                        counts[target] += 1
                    }
                }
            }
        }
        #expect(counts.min() == 1 && (counts.max() ?? 0 > 1) == (step == 5))
        guard case .float32(let found) = result.samples else { return }
        let differences = zip(found, zip(sums, counts)).map { abs($0 * 255 - $1.0 / $1.1) }
        #expect(differences.count == sums.count && differences.max() ?? 1 < 1e-3)
    }

    @Test("a patch as large as the image changes nothing, a smaller one does")
    func evaluation() throws {
        let folder = try TemporaryFolder()
        try Pictures.noise(40, 36, .rgb).write(png: folder("a.png"))
        let model = try TinyModels.float()
        let whole = try model.evaluate(folder: folder.path, threads: 1)
        #expect(try model.evaluate(folder: folder.path, patches: PatchTest(side: 20), threads: 1) == whole)
        #expect(try model.evaluate(folder: folder.path, patches: PatchTest(side: 6), threads: 1).mean != whole.mean)
    }
}
