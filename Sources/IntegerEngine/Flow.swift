import CKernels
import FloatEngine

/// The rings of one image size, and the work on them.
final class Flow {
    let program: IntegerProgram
    let width, height, threads: Int
    let schedule: Schedule
    let layerRings: [RowRing]
    let valueRings: [Int: RowRing]
    /// By layer: those in float.
    let bands: [Int: ConvolutionBands]

    init(_ program: IntegerProgram, _ engine: BandEngine, width: Int, height: Int, threads: Int) throws(IntegerEngineError) {
        (self.program, self.width, self.height, self.threads) = (program, width, height, threads)
        let schedule = Schedule(program, width: width, height: height, threads: threads)
        self.schedule = schedule
        var layerRings: [RowRing] = []
        for (layer, ring) in zip(program.layers, schedule.layerRings) {
            let memory = try RowRing(rows: schedule.kept(ring), rowBytes: Self.rowBytes(layer, ring, width: width))
            // What stands for zero beside and around the image stays; rows overwrite only their own columns.
            if case .integers(let packed) = layer {
                if packed.bytesPerNumber == 1 { memory.fill(packed.border) } else { memory.fill(Int16(0)) }
            }
            layerRings.append(memory)
        }
        self.layerRings = layerRings
        var valueRings: [Int: RowRing] = [:]
        for (step, ring) in schedule.valueRings {
            valueRings[step] = try RowRing(
                rows: schedule.kept(ring), rowBytes: Self.rowBytes(program.steps[step], ring, width: width))
        }
        self.valueRings = valueRings
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

    var strips: Int { schedule.strips }

    func fits(width: Int, height: Int, threads: Int) -> Bool {
        width == self.width && height == self.height && threads == self.threads
    }

    func reserve(_ scratch: StepScratch) throws(IntegerEngineError) {
        do {
            for convolution in bands.values { try convolution.reserve(&scratch.bands) }
        } catch {
            throw .engine(error)
        }
    }

    private static func rowBytes(_ layer: Layer, _ ring: Schedule.Ring, width: Int) -> Int {
        // The last tile of a row may reach beyond it.
        (width * ring.scale + 2 * layer.margin + layer.rowsTogether - 1) * layer.channels * layer.bytesPerNumber
    }

    /// Of results in float.
    private static func rowBytes(_ step: IntegerProgram.Step, _ ring: Schedule.Ring, width: Int) -> Int {
        width * ring.scale * step.channels / (step.shuffle * step.shuffle) * MemoryLayout<Float>.stride
    }

    static func bytes(_ program: IntegerProgram, width: Int, height: Int, threads: Int) -> Int {
        let schedule = Schedule(program, width: width, height: height, threads: threads)
        let layers = zip(program.layers, schedule.layerRings).map { layer, ring in
            RowRing.bytes(rows: schedule.kept(ring), rowBytes: rowBytes(layer, ring, width: width))
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

    func floats(_ value: Int, row: Int) -> UnsafeMutablePointer<Float> {
        guard let ring = valueRings[value] else { preconditionFailure("step \(value) is read but not kept") }
        return ring.row(row).assumingMemoryBound(to: Float.self)
    }
}
