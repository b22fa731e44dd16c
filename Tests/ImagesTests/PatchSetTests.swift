import Files
import Foundation
import Images
import TestSupport
import Testing

@Suite struct PatchSetTests {
    /// Makes images in which every pixel says which image it is of and where it lies.
    private func labelled(_ sizes: [(height: Int, width: Int)]) throws -> [Image] {
        try sizes.enumerated().map { index, size in
            try Image.made(size.width, size.height, .rgb) { x, y, c in [index, x, y][c] }
        }
    }

    private func origins(_ set: PatchSet) -> [[Int]] { set.patches.map { $0.values[..<3].map { Int($0) } } }

    private static let sizes = [(20, 30), (7, 30), (16, 16), (40, 15), (16, 17), (100, 90)].map { (height: $0.0, width: $0.1) }
    /// The expected image, x and y of each patch were made with `python3 Tests/ImagesTests/golden/draws.py`.
    private static let drawn = [
        [0, 9, 1], [2, 0, 0], [4, 1, 0], [5, 60, 57], [0, 12, 3], [2, 0, 0], [4, 0, 0],
        [5, 55, 49], [0, 12, 4], [2, 0, 0], [4, 0, 0], [5, 13, 75],
    ]

    @Test func patchesAreThoseOfTheReference() throws {
        let set = try PatchSet(labelled(Self.sizes), count: 12, size: 16, seed: 1)
        #expect(origins(set) == Self.drawn)
        #expect(set.patches.allSatisfy { $0.dimensions == [1, 16, 16, 3] } && set.size == 16)
        let last = try Image.made(16, 16, .rgb) { x, y, c in [5, 13 + x, 75 + y][c] }
        #expect(set.patches[11] == last.tensorRGB())

        let other = [(3, 3), (5, 4), (4, 4), (3, 9), (6, 6)].map { (height: $0.0, width: $0.1) }
        let expected = [[1, 0, 1], [2, 0, 0], [4, 2, 0], [1, 0, 0], [2, 0, 0], [4, 0, 0], [1, 0, 1], [2, 0, 0], [4, 2, 0]]
        #expect(origins(try PatchSet(labelled(other), count: 9, size: 4, seed: 7)) == expected)
    }

    @Test func filesAreTakenByNameFromFoldersAndPatterns() throws {
        let folder = try TemporaryFolder()
        for (index, image) in try labelled(Self.sizes).enumerated() { try image.write(png: folder("\(index).png")) }
        try AtomicFile.write([1], to: folder("notes.txt"))
        try AtomicFile.write([1], to: folder(".hidden.png"))
        for place in [folder.path, folder.path + "/", folder("*.png"), folder("?.png")] {
            #expect(origins(try PatchSet(place, count: 12, size: 16, seed: 1)) == Self.drawn)
        }
        #expect(origins(try PatchSet(folder("5.png"), count: 2, size: 90, seed: 1)).allSatisfy { $0[0] == 5 })
    }

    @Test(.enabled(if: SharedFiles.imagesArePresent, "needs the calibration images beside the package"))
    func theCalibrationSetIsThatOfTheReference() throws {
        let set = try PatchSet(SharedFiles.calibration, count: 120, size: 96, seed: 1)
        // The expected number, image, x and y were made with `python3 Tests/ImagesTests/golden/draws.py FOLDER`.
        for (number, image, x, y) in [
            (0, 0, 291, 34), (1, 1, 410, 216), (2, 2, 130, 32), (50, 50, 359, 140), (99, 99, 7, 115),
            (100, 0, 386, 193), (119, 19, 107, 130),
        ] {
            let path = Files.joined(SharedFiles.calibration, "\(901 + image).png").replacingOccurrences(of: "/9", with: "/09")
            let whole = try Image.read(png: image == 99 ? Files.joined(SharedFiles.calibration, "1000.png") : path)
            #expect(try set.patches[number] == whole.cropped(x: x, y: y, width: 96, height: 96).tensorRGB(), "patch \(number)")
        }
    }

    @Test func placesWithoutImagesAreNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ImageError.noImages(place: folder.path)) { try PatchSet(folder.path, count: 1, size: 1, seed: 1) }
        #expect(throws: ImageError.noImages(place: folder("*.png"))) { try PatchSet(folder("*.png"), count: 1, size: 1, seed: 1) }
        let missing = ImageError.file(.notFound(path: folder("no/")))
        #expect(throws: missing) { try PatchSet(folder("no/*.png"), count: 1, size: 1, seed: 1) }
        #expect(throws: ImageError.self) { try PatchSet([Image](), count: 1, size: 1, seed: 1) }
    }

    @Test func imagesThatCannotServeAreNamed() throws {
        let folder = try TemporaryFolder()
        try Image.arbitrary(20, 10, .rgb).write(png: folder("a.png"))
        let tooSmall = #expect(throws: ImageError.self) { try PatchSet(folder.path, count: 1, size: 11, seed: 1) }
        #expect(tooSmall?.description == "\(folder.path): every image is smaller than a patch of 11 x 11 pixels")
        try AtomicFile.write(Array(try PNG.encode(Image.arbitrary(20, 20, .rgb)).dropLast(30)), to: folder("b.png"))
        let corrupt = #expect(throws: ImageError.self) { try PatchSet(folder.path, count: 2, size: 8, seed: 1) }
        #expect(corrupt?.description.hasPrefix(folder("b.png") + ": ") == true)
        #expect(try PatchSet(folder.path, count: 1, size: 8, seed: 1).patches.count == 1, "only what is drawn from is read")
    }

    @Test func impossibleNumbersAreErrors() throws {
        let images = try labelled(Self.sizes)
        for (count, size) in [(0, 8), (8, 0), (-1, 8), (8, -1), (Int.max, 8), (8, Int.max), (1 << 32, 1 << 20)] {
            #expect(throws: ImageError.self) { try PatchSet(images, count: count, size: size, seed: 1) }
        }
    }

    @Test("leaves out what cannot be read, and draws as if it were not there")
    func keepGoing() throws {
        let (all, good) = (try TemporaryFolder(), try TemporaryFolder())
        for (name, side) in [("a", 20), ("c", 30), ("e", 25)] {
            let samples = Samples.uint8((0..<side * side).map { UInt8($0 % 251) })
            let image = try Image(width: side, height: side, format: .gray, samples: samples)
            for folder in [all, good] { try image.write(png: folder(name + ".png")) }
        }
        _ = try all.makeFolder("b.png")
        try AtomicFile.write(Array("no picture".utf8), to: all("d.png"))
        try AtomicFile.write(Array(try Files.read(all("e.png")).prefix(60)), to: all("f.png"))
        #expect(throws: ImageError.self) { try PatchSet(all.path, count: 7, size: 16, seed: 2) }
        let set = try PatchSet(all.path, count: 7, size: 16, seed: 2, keepGoing: true)
        #expect(set.skipped.map(\.name).sorted() == ["b.png", "d.png", "f.png"].map { all($0) })
        #expect(set.skipped.allSatisfy { $0.reason.contains($0.name) })
        let expected = try PatchSet(good.path, count: 7, size: 16, seed: 2)
        #expect(set.patches.map(\.values) == expected.patches.map(\.values) && expected.skipped.isEmpty)
    }
}
