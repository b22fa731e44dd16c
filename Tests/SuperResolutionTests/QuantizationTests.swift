import QuantizedNetworks
import Tensors
import Training
import Images
import SuperResolution
import Testing

@Suite("Quantizing")
struct QuantizationTests {
    @Test("goes from a float network to a model of another function, by way of finetuning")
    func endToEnd() throws {
        let model = try TinyModels.float()
        let images = try TinyModels.patches(count: 4)
        var quantization = try model.calibrate(images: images, threads: 2)
        let calibrated = quantization.layers
        var options = FinetuningOptions()
        (options.epochs, options.relative) = (3, true)
        var reports: [ProgressReport] = []
        try quantization.finetune(images: images, options: options, threads: 2) { report in
            reports.append(report)
            return true
        }
        #expect(reports.count == 6)
        #expect(reports.last?.done == reports.last?.total)
        #expect(quantization.layers != calibrated)
        #expect(quantization.recipe.finetuning.count == 1)
        let frozen = quantization.freeze()
        #expect(frozen.isQuantized && frozen.layers == quantization.layers)
        let picture = Pictures.noise(8, 8, .rgb)
        #expect(try Session(frozen).upscale(picture) != Session(model).upscale(picture))
    }

    @Test("can finetune on patches of another size than it was calibrated on")
    func otherPatchSize() throws {
        var quantization = try TinyModels.quantization()
        var options = FinetuningOptions()
        options.epochs = 1
        try quantization.finetune(images: try TinyModels.patches(count: 2, size: 9), options: options, threads: 1)
        #expect(quantization.recipe.finetuning.count == 1)
    }

    @Test("leaves everything as it was when it is cancelled")
    func cancelling() throws {
        let model = try TinyModels.float()
        let images = try TinyModels.patches()
        let calibration = #expect(throws: SuperResolutionError.self) {
            try model.calibrate(images: images, threads: 1) { _ in false }
        }
        #expect(calibration?.kind == .cancelled)
        var quantization = try model.calibrate(images: images, threads: 1)
        let before = quantization
        let finetuning = #expect(throws: SuperResolutionError.self) {
            try quantization.finetune(images: images, threads: 1) { $0.done < 2 }
        }
        #expect(finetuning?.kind == .cancelled)
        #expect(quantization.layers == before.layers && quantization.recipe == before.recipe)
    }

    @Test("refuses bits and options out of range, naming them, and changes nothing")
    func options() throws {
        var recipe = Recipe()
        recipe.weights = 9
        let bits = #expect(throws: SuperResolutionError.self) { try TinyModels.quantization("EDSR", recipe) }
        #expect(bits?.kind == .argument && bits?.description.contains("9") == true)
        var quantization = try TinyModels.quantization()
        let before = quantization.layers
        for (pattern, weights, activations) in [("nothing*", 4, 4), ("*", 1, 4), ("*", 4, 9), ("body.*", 4, 2)] {
            let error = #expect(throws: SuperResolutionError.self) {
                try quantization.setBits(matching: pattern, weights: weights, activations: activations)
            }
            #expect(error?.kind == .argument)
        }
        var options = FinetuningOptions()
        options.batch = 0
        let finetuning = #expect(throws: SuperResolutionError.self) {
            try quantization.finetune(images: try TinyModels.patches(), options: options)
        }
        #expect(finetuning?.kind == .argument)
        #expect(quantization.layers == before)
    }
}
