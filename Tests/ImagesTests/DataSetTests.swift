import Files
import Foundation
import Images
import TestSupport
import Testing

@Suite struct DataSetTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ image: Image, _ path: String) throws {
        let parent = URL(filePath: folder(path)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        try image.write(png: folder(path))
    }

    @Test func pairsAreFoundByNameAndScale() throws {
        let (high, low) = (try Image.arbitrary(15, 13, .rgb), try Image.arbitrary(4, 4, .rgb))
        for name in ["b", "a"] {
            try write(high, "HR/\(name).png")
            try write(low, "LR_x3/\(name)x3.png")
        }
        let set = try DataSet(folder: folder.path, scale: 3)
        #expect(set.entries.map(\.name) == ["a", "b"])
        let pair = try set.load(set.entries[0])
        #expect(pair.low == low)
        #expect(try pair.high == high.cropped(x: 0, y: 0, width: 12, height: 12))
    }

    @Test(arguments: ["HR/", ""])
    func highResolutionAloneIsShrunk(prefix: String) throws {
        let high = try Image.arbitrary(17, 14, .gray)
        try write(high, prefix + "a.png")
        let set = try DataSet(folder: folder.path, scale: 4)
        let pair = try set.load(set.entries[0])
        #expect(try pair.high == high.cropped(x: 0, y: 0, width: 16, height: 12))
        #expect(try pair.low == pair.high.resizedBicubic(width: 4, height: 3))
        #expect(set.entries[0].low == nil && set.entries[0].high == folder(prefix + "a.png"))
    }

    @Test func aMissingPartnerIsNamed() throws {
        try write(Image.arbitrary(8, 8, .rgb), "HR/a.png")
        try write(Image.arbitrary(8, 8, .rgb), "HR/b.png")
        try write(Image.arbitrary(2, 2, .rgb), "LR_x4/ax4.png")
        let error = #expect(throws: ImageError.self) { try DataSet(folder: folder.path, scale: 4) }
        #expect(error == .missingPartner(high: folder("HR/b.png"), low: folder("LR_x4/bx4.png")))
        #expect(error?.description.contains("bx4.png") == true)
    }

    @Test func partnersThatDoNotFitAreNamed() throws {
        try write(Image.arbitrary(8, 7, .rgb), "HR/a.png")
        try write(Image.arbitrary(2, 2, .rgb), "LR_x4/ax4.png")
        let set = try DataSet(folder: folder.path, scale: 4)
        let error = #expect(throws: ImageError.self) { try set.load(set.entries[0]) }
        #expect(error?.description.hasPrefix(folder("LR_x4/ax4.png") + ": 2 x 2 pixels times 4 are more than the 8 x 7") == true)
        let alone = try DataSet(folder: folder.path, scale: 9)
        let small = #expect(throws: ImageError.self) { try alone.load(alone.entries[0]) }
        #expect(small?.description.hasPrefix(folder("HR/a.png") + ": ") == true)
    }

    @Test func aPartnerThatIsFarTooSmallIsNamed() throws {
        try write(Image.arbitrary(24, 19, .rgb), "HR/a.png")
        try write(Image.arbitrary(4, 4, .rgb), "LR_x4/ax4.png")
        let set = try DataSet(folder: folder.path, scale: 4)
        #expect(throws: Never.self) { try set.load(set.entries[0]) }
        try write(Image.arbitrary(3, 4, .rgb), "LR_x4/ax4.png")
        let error = #expect(throws: ImageError.self) { try set.load(set.entries[0]) }
        let start = folder("LR_x4/ax4.png") + ": 3 x 4 pixels times 4 are much less than the 24 x 19"
        #expect(error?.description.hasPrefix(start) == true)
    }

    @Test func anIncompleteSetThrowsOnlyForWhatIsMissing() throws {
        for name in ["a", "b"] { try write(Image.arbitrary(8, 8, .rgb), "HR/\(name).png") }
        try write(Image.arbitrary(2, 2, .rgb), "LR_x4/bx4.png")
        let set = try DataSet(folder: folder.path, scale: 4, complete: false)
        #expect(throws: ImageError.missingPartner(high: folder("HR/a.png"), low: folder("LR_x4/ax4.png"))) {
            try set.load(set.entries[0])
        }
        #expect(try set.load(set.entries[1]).low.width == 2)
    }

    @Test func foldersWithoutImagesAreNamed() throws {
        #expect(throws: ImageError.noImages(place: folder.path)) { try DataSet(folder: folder.path, scale: 4) }
        #expect(throws: ImageError.file(.notFound(path: folder("no")))) { try DataSet(folder: folder("no"), scale: 4) }
        try FileManager.default.createDirectory(atPath: folder("HR"), withIntermediateDirectories: false)
        #expect(throws: ImageError.noImages(place: folder("HR"))) { try DataSet(folder: folder.path, scale: 4) }
        for scale in [0, -4] { #expect(throws: ImageError.self) { try DataSet(folder: folder.path, scale: scale) } }
    }

    @Test(.enabled(if: SharedFiles.imagesArePresent, "needs the benchmark images beside the package"))
    func thePublishedBenchmarksAreWhole() throws {
        for (name, count) in [("Set5", 5), ("Set14", 14)] {
            let set = try DataSet(folder: "\(SharedFiles.benchmark)/\(name)", scale: 4)
            #expect(set.entries.count == count && set.entries.allSatisfy { $0.low != nil })
            let pair = try set.load(set.entries[2])
            #expect(pair.high.width == 4 * pair.low.width && pair.high.height == 4 * pair.low.height)
        }
    }
}
