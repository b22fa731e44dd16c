import CKernels
import FloatEngine

/// The run of a program over images of one size: the rings of rows between its steps, and the work of each step on them.
///
/// A flow is made for one size and one number of threads and used again as long as they stay (`fits`). Several threads run steps of
/// different strips at a time; `IntegerExecutor` makes them wait for each other.
final class Flow {
    let program: IntegerProgram
    /// The image's width and height in pixels, and how many threads work on its strips.
    let width, height, threads: Int
    let schedule: Schedule
    /// The rows of each layer's input, encoded for it or those of the results that it reads as they are, by the layer's index.
    let layerRings: [RowRing]
    /// The rows of the results that are kept in float, by the index of the step that makes them.
    let valueRings: [Int: RowRing]
    /// The convolutions of the layers in float, by the layer's index.
    let bands: [Int: ConvolutionBands]

    /// Makes the rings of a program for images of `width` × `height` pixels, both at least 1.
    /// - Parameter engine: It runs the convolutions of the layers in float.
    /// - Throws: `.memory` and `.engine`.
    init(_ program: IntegerProgram, _ engine: BandEngine, width: Int, height: Int, threads: Int) throws(IntegerEngineError) {
        (self.program, self.width, self.height, self.threads) = (program, width, height, threads)
        let schedule = Schedule(program, width: width, height: height, threads: threads)
        self.schedule = schedule
        var valueRings: [Int: RowRing] = [:]
        for (step, ring) in schedule.valueRings {
            valueRings[step] = try RowRing(
                rows: schedule.kept(ring), rowBytes: Self.rowBytes(program.steps[step], ring, width: width))
        }
        self.valueRings = valueRings
        var layerRings: [RowRing] = []
        for (layer, ring) in zip(program.layers, schedule.layerRings) {
            if let value = layer.reads, let ring = valueRings[value] {
                layerRings.append(ring)
                continue
            }
            let memory = try RowRing(rows: schedule.kept(ring), rowBytes: Self.rowBytes(layer, ring, width: width))
            // The number that stands for zero around the image is written once: rows overwrite only their own columns.
            if case .integers(let packed) = layer {
                if packed.bytesPerNumber == 1 { memory.fill(packed.border) } else { memory.fill(Int16(0)) }
            }
            layerRings.append(memory)
        }
        self.layerRings = layerRings
        var bands: [Int: ConvolutionBands] = [:]
        for step in program.steps {
            guard case .layer(let index) = step.source, case .float(let layer) = program.layers[index] else { continue }
            do {
                bands[index] = try engine.bands(layer.number, height: height * step.scale, width: width * step.scale)
            } catch {
                throw .engine(error)
            }
        }
        self.bands = bands
    }

    /// The number of strips that all steps go through.
    var strips: Int { schedule.strips }

    /// Whether this flow can run an image of such a size on so many threads.
    func fits(width: Int, height: Int, threads: Int) -> Bool {
        width == self.width && height == self.height && threads == self.threads
    }

    /// Makes sure that a thread's scratch memory is large enough for this flow's convolutions in float.
    func reserve(_ scratch: StepScratch) throws(IntegerEngineError) {
        do {
            for convolution in bands.values { try convolution.reserve(&scratch.bands) }
        } catch {
            throw .engine(error)
        }
    }

    /// Returns the bytes of a row that is encoded for a layer, with the margins on both sides.
    private static func rowBytes(_ layer: Layer, _ ring: Schedule.Ring, width: Int) -> Int {
        // The last tile of a row may reach beyond it.
        (width * ring.scale + 2 * layer.margin + layer.rowsTogether - 1) * layer.channels * layer.bytesPerNumber
    }

    /// Returns the bytes of a row of a step's results in float, after the pixel shuffle.
    private static func rowBytes(_ step: IntegerProgram.Step, _ ring: Schedule.Ring, width: Int) -> Int {
        width * ring.scale * step.channels / (step.shuffle * step.shuffle) * MemoryLayout<Float>.stride
    }

    /// Returns how many bytes the rings of an image size and the scratch memory of the convolutions in float take, without making
    /// them.
    static func bytes(_ program: IntegerProgram, width: Int, height: Int, threads: Int) -> Int {
        let schedule = Schedule(program, width: width, height: height, threads: threads)
        let layers = zip(program.layers, schedule.layerRings).map { layer, ring in
            layer.reads != nil ? 0 : RowRing.bytes(rows: schedule.kept(ring), rowBytes: rowBytes(layer, ring, width: width))
        }
        let values = schedule.valueRings.map { step, ring in
            RowRing.bytes(rows: schedule.kept(ring), rowBytes: rowBytes(program.steps[step], ring, width: width))
        }
        let scratch = program.steps.map { step in
            guard case .layer(let layer) = step.source, case .float(let layer) = program.layers[layer] else { return 0 }
            return layer.convolution.scratchBytes(height: height * step.scale, width: width * step.scale)
        }
        return layers.reduce(0, +) + values.reduce(0, +) + threads * (scratch.max() ?? 0)
    }

    /// Returns the first number of row `row` of step `value`'s result, which is kept in float: `[width][channels]`.
    func floats(_ value: Int, row: Int) -> UnsafeMutablePointer<Float> {
        guard let ring = valueRings[value] else { preconditionFailure("step \(value) is read but not kept") }
        return ring.row(row).assumingMemoryBound(to: Float.self)
    }
}
