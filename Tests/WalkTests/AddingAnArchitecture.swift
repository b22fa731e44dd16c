import Calibration
import FloatEngine
import Networks
import QuantizedNetworks
import Tensors
import Testing

// This walk adds an architecture. No file of the library changes: the list of architectures is a value. To make it part of the
// library, move the type to `Networks/Architectures` and name it in `Architectures.standard`.

// MARK: - The architecture

/// ESPCN (Shi et al., 2016): three convolutions with tanh between them, and a pixel shuffle.
struct ESPCN: Architecture {
    let name = "ESPCN"
    let naming = "made up for this walk"
    /// Layers that every checkpoint has and that tell it from the other architectures.
    let signature = ["feature_maps.0", "feature_maps.2", "sub_pixel.0"]

    func build(_ builder: inout NetworkBuilder) throws(NetworkError) {
        // Users' colours are 0…255; this network was trained on 0…1.
        let range = builder.options.range ?? 1
        var x = try builder.colours(range: range)
        // A layer's role says whether it stays at 8 bits or in float where the body gets fewer.
        x = try builder.convolution("feature_maps.0", .edge, x)
        x = try builder.append("feature_maps.1", .tanh, x)
        x = try builder.convolution("feature_maps.2", .body, x)
        x = try builder.append("feature_maps.3", .tanh, x)
        // Convolution and shuffle; the scale follows from the number of outputs.
        x = try builder.upsample(x, ["sub_pixel.0"], channels: 3)
        _ = try builder.restoreColours(x, range: range)
    }
}

// MARK: - Using it

@Suite struct AddingAnArchitecture {
    private let architectures = Architectures(Architectures.standard.all + [ESPCN()])

    /// A checkpoint as its authors would have it, but small and with weights made up here.
    private func checkpoint() -> [String: Tensor] {
        var generator = SplitMix64(state: 1)
        var tensors: [String: Tensor] = [:]
        for (name, outputs, inputs, kernel) in [
            ("feature_maps.0", 8, 3, 5), ("feature_maps.2", 6, 8, 3), ("sub_pixel.0", 12, 6, 3),
        ] {
            let count = outputs * inputs * kernel * kernel
            let values = (0..<count).map { _ in Float(generator.next() % 1000) / 1000 - 0.5 }
            tensors["\(name).weight"] = Tensor(dimensions: [outputs, inputs, kernel, kernel], values: values.map { $0 / 4 })
            tensors["\(name).bias"] = Tensor(dimensions: [outputs], values: Array(values.prefix(outputs)))
        }
        return tensors
    }

    private func image() -> Tensor {
        Tensor(dimensions: [1, 7, 9, 3], values: (0..<189).map { Float($0 * 53 % 256) })
    }

    @Test func theCheckpointIsRecognisedByTheLongerListAlone() throws {
        let network = try Network.recognise(tensors: checkpoint(), file: "espcn.pth", among: architectures)
        #expect(network.architecture == "ESPCN" && network.scale == 2)
        #expect(network.layers.map { network.nodes[$0].name } == ["feature_maps.0", "feature_maps.2", "sub_pixel.0"])
        #expect { try Network.recognise(tensors: checkpoint(), file: "espcn.pth") } throws: { error in
            if case NetworkError.unrecognised = error { true } else { false }
        }
        // Whatever the builder does not read is refused: the network would not be the one that was trained.
        var more = checkpoint()
        more["feature_maps.4.weight"] = Tensor(zeros: [6, 6, 3, 3])
        #expect { try Network.recognise(tensors: more, file: "espcn.pth", among: architectures) } throws: { error in
            "\(error)".contains("feature_maps.4.weight")
        }
    }

    @Test func itRunsAndIsQuantizedLikeAnyOther() throws {
        let network = try Network.recognise(tensors: checkpoint(), file: "espcn.pth", among: architectures)
        let pool = ThreadPool(threads: 2)
        let output = try Executor(network: network, pool: pool).run(image())
        #expect(output.dimensions == [1, 14, 18, 3])

        let quantized = try Calibrator(network: network, recipe: Recipe(), pool: pool).calibrate(images: [image()]) { _ in true }
        #expect(quantized.quantizedNodes.map { quantized.layers[$0]?.activationBits } == [8, 4, 8])
        let rounded = try Executor(network: network, pool: pool, overrides: quantized.overrides).run(image())
        #expect(rounded.dimensions == output.dimensions && rounded.values != output.values)
    }
}
