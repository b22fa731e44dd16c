import Images

extension Model {
    /// Returns what makes the model unlikely to be what its options say, one sentence for each; empty where nothing does, and for a
    /// quantized model, whose file says all about it.
    ///
    /// A checkpoint cannot say everything about its network, and with a wrong option it loads all the same. But whatever a network
    /// for super-resolution was trained on, a smooth picture that it enlarges, shrunk again, is nearly that picture. Networks that
    /// are read as they were trained come to 57 dB and more; SRResNet without its tanh comes to 7, EDSR with another range to 14.
    ///
    /// - Throws: `.engine` if the network cannot be run, mostly for want of memory.
    public func warnings() throws(SuperResolutionError) -> [String] {
        guard !isQuantized else { return [] }
        let picture = try Self.smoothPicture()
        let session = try Session(self, threads: 1)
        let enlarged: Image
        do throws(SuperResolutionError) {
            enlarged = try session.upscale(picture)
        } catch {
            // Every value of the picture is finite, so this says that those of the network are not.
            guard error.kind == .argument else { throw error }
            return [error.description]
        }
        let decibels = try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            let shrunk = try enlarged.resizedBicubic(width: picture.width, height: picture.height)
            return try Metrics.score(shrunk, picture, shave: 2).psnr
        }
        guard decibels < Self.leastDecibels else { return [] }
        let tenths = Int((decibels * 10).rounded())
        return [
            "\(name): a smooth picture that it enlarges comes back, shrunk, at \(tenths / 10).\(abs(tenths % 10)) dB, where a "
                + "network that is read as it was trained reaches 40: look at the options tanh (tanh_output), range and res_scale"
        ]
    }

    /// The PSNR, in dB, below which a network is unlikely to be read as it was trained.
    private static let leastDecibels = 25.0

    /// Returns a picture of 16 x 16 pixels whose colours run from corner to corner, each in a way of its own.
    private static func smoothPicture() throws(SuperResolutionError) -> Image {
        let side = 16
        var samples: [UInt8] = []
        for y in 0..<side {
            for x in 0..<side {
                let (across, down) = (Double(x) / Double(side - 1), Double(y) / Double(side - 1))
                let bend = 4 * across * (1 - across) * (0.3 + 0.7 * down)
                for shade in [0.2 + 0.6 * bend, 0.3 + 0.3 * bend + 0.3 * down, 0.8 - 0.5 * bend + 0.15 * across] {
                    samples.append(UInt8((255 * shade).rounded()))
                }
            }
        }
        return try wrapping(SuperResolutionError.image) { () throws(ImageError) in
            try Image(width: side, height: side, format: .rgb, samples: .uint8(samples))
        }
    }
}
