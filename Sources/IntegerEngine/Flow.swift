import CKernels
import FloatEngine

/// The rings of one image size, and the work on them.
final class Flow {
    private let program: IntegerProgram
    private let width, height, threads: Int
    private let schedule: Schedule
    private let layerRings: [RowRing]
    private let valueRings: [Int: RowRing]
    /// By layer: those in float.
    private let bands: [Int: ConvolutionBands]

    init(_ program: IntegerProgram, _ engine: BandEngine, width: Int, height: Int, threads: Int) throws(IntegerEngineError) {
        (self.program, self.width, self.height, self.threads) = (program, width, height, threads)
        let schedule = Schedule(program, width: width, height: height, threads: threads)
        self.schedule = schedule
        var layerRings: [RowRing] = []
        for (layer, ring) in zip(program.layers, schedule.layerRings) {
            let memory = try RowRing(rows: schedule.kept(ring), rowBytes: Self.rowBytes(layer, ring, width: width))
            // What stands for zero beside and around the image stays; rows overwrite only their own columns.
            if case .integers(let packed) = layer {
                if packed.bytesPerNumber == 1 { memory.fill(UInt8(packed.raise)) } else { memory.fill(Int16(0)) }
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

    // MARK: - Work

    /// Makes a step's rows of one strip.
    /// - Returns: what failed, or nil.
    func run(
        _ index: Int, strip: Int, scratch: StepScratch, read: IntegerExecutor.Reader, write: IntegerExecutor.Writer
    ) -> IntegerEngineError? {
        let step = program.steps[index]
        let made = schedule.made(by: index, step, in: strip)
        if case .layer(let layer) = step.source, let bands = bands[layer] {
            return run(bands, of: layer, index, made, scratch, write)
        }
        let rowWidth = width * step.scale
        let together = step.rowsTogether(program)
        let part = Stretch.part(of: rowWidth, step, program)
        for y in stride(from: made.lowerBound, to: made.upperBound, by: together) {
            for x in stride(from: 0, to: rowWidth, by: part) {
                let pixels = min(part, rowWidth - x)
                let stored = (pixels + together - 1) / together * together
                let rest = load(step, y..<min(y + together, made.upperBound), x, pixels: stored, scratch, read)
                for row in y..<min(y + together, made.upperBound) {
                    let place = Place(y: row, x: x, pixels: pixels)
                    finish(index, place, scratch.values.pointer + (row - y) * stored * step.channels, rest, scratch, write)
                }
            }
        }
        return nil
    }

    /// The same of a step whose convolution is in float.
    private func run(
        _ bands: ConvolutionBands, of layer: Int, _ index: Int, _ made: Range<Int>, _ scratch: StepScratch,
        _ write: IntegerExecutor.Writer
    ) -> IntegerEngineError? {
        let step = program.steps[index]
        let rowWidth = width * step.scale
        let part = Stretch.part(of: rowWidth, step, program)
        let ring = layerRings[layer]
        let (accumulates, relu) = (bands.convolution.accumulates, bands.convolution.relu)
        let rest = accumulates || relu ? step.operations.dropFirst() : step.operations[...]
        for first in stride(from: made.lowerBound, to: made.upperBound, by: schedule.timings[index].band) {
            let failure = bands.run(
                from: first, row: { UnsafePointer(ring.row($0).assumingMemoryBound(to: Float.self)) },
                other: { y in
                    guard accumulates, case .add(let value)? = step.operations.first else { return nil }
                    return UnsafePointer(self.floats(value, row: y))
                }, scratch: scratch.bands)
            if let failure { return .engine(.library(node: bands.convolution.name, message: failure)) }
            guard let result = scratch.bands.result?.pointer else { continue }
            for row in first..<min(first + schedule.timings[index].band, made.upperBound) {
                for x in stride(from: 0, to: rowWidth, by: part) {
                    let place = Place(y: row, x: x, pixels: min(part, rowWidth - x))
                    finish(index, place, result + ((row - first) * rowWidth + x) * step.channels, rest, scratch, write)
                }
            }
        }
        return nil
    }

    /// Does what is left to be done on a stretch of a row and takes it to where it goes.
    private func finish(
        _ index: Int, _ place: Place, _ values: UnsafeMutablePointer<Float>, _ rest: ArraySlice<IntegerProgram.Operation>,
        _ scratch: StepScratch, _ write: IntegerExecutor.Writer
    ) {
        let step = program.steps[index]
        for operation in rest { apply(operation, step, place, values, scratch) }
        for sink in step.sinks { store(sink, index, step, place, values, scratch, write) }
    }

    /// A stretch of one row, before the shuffle.
    private struct Place {
        var y, x, pixels: Int
    }

    /// Puts the step's source into `scratch.values`, one row of `pixels` pixels after the other.
    /// - Returns: the operations that are still to be done.
    private func load(
        _ step: IntegerProgram.Step, _ y: Range<Int>, _ x: Int, pixels: Int, _ scratch: StepScratch,
        _ read: IntegerExecutor.Reader
    ) -> ArraySlice<IntegerProgram.Operation> {
        let values = scratch.values.pointer
        switch step.source {
        case .input: read(y.lowerBound, x, pixels, values)
        case .value(let value):
            values.update(from: floats(value, row: y.lowerBound) + x * step.channels, count: pixels * step.channels)
        case .concatenation(let parts):
            var channel = 0
            for part in parts {
                let channels = program.steps[part].channels / (program.steps[part].shuffle * program.steps[part].shuffle)
                PointwiseOperations.insertChannels(
                    floats(part, row: y.lowerBound) + x * channels, channels: channels, into: values, width: step.channels,
                    offset: channel, pixels: pixels)
                channel += channels
            }
        case .enlarged(let value, let factor):
            let (rows, columns) = (height * step.scale / factor, width * step.scale / factor)
            let read = BilinearResize.rows(y.lowerBound, factor: factor, height: rows)
            BilinearResize.forward(
                floats(value, row: read.first), floats(value, row: read.second), row: y.lowerBound, columns: x..<x + pixels,
                height: rows, width: columns, channels: step.channels, factor: factor, into: values)
        case .layer(let index):
            guard case .integers(let layer) = program.layers[index] else { break }
            let ring = layerRings[index]
            let reach = layer.kernel / 2
            // Rows that only tiles below the last row would need are not there yet.
            let needed = max(0, y.lowerBound - reach)..<min(height * step.scale, y.upperBound + reach)
            scratch.rows.removeAll(keepingCapacity: true)
            for row in y.lowerBound - reach..<y.lowerBound + layer.rowsTogether + reach {
                let start = needed.contains(row) ? ring.row(row) : ring.outside
                scratch.rows.append(start + x * layer.channels * layer.bytesPerNumber)
            }
            let isRelu = if case .relu? = step.operations.first { true } else { false }
            scratch.rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress else { return }
                layer.run(rows: rows, pixels: pixels, relu: isRelu, into: values, scratch: scratch.winograd)
            }
            if isRelu { return step.operations.dropFirst() }
        }
        return step.operations[...]
    }

    private func apply(
        _ operation: IntegerProgram.Operation, _ step: IntegerProgram.Step, _ place: Place,
        _ values: UnsafeMutablePointer<Float>, _ scratch: StepScratch
    ) {
        let count = place.pixels * step.channels
        switch operation {
        case .relu: PointwiseOperations.relu(values, into: values, count: count)
        case .prelu(let slopes):
            PointwiseOperations.prelu(values, slopes: slopes, into: values, pixels: place.pixels, channels: step.channels)
        case .affine(let scale, let shift):
            PointwiseOperations.affine(
                values, scale: scale, shift: shift, into: values, pixels: place.pixels, channels: step.channels)
        case .multiply(let factor): PointwiseOperations.multiply(values, by: factor, into: values, count: count)
        case .tanh: PointwiseOperations.tanh(values, into: values, count: count)
        case .add(let value):
            PointwiseOperations.add(values, floats(value, row: place.y) + place.x * step.channels, into: values, count: count)
        case .reorder(let order):
            let copy = scratch.floats.pointer
            copy.update(from: values, count: count)
            for first in stride(from: 0, to: count, by: step.channels) {
                for (from, to) in order.enumerated() { values[first + to] = copy[first + from] }
            }
        }
    }

    private func store(
        _ sink: IntegerProgram.Sink, _ index: Int, _ step: IntegerProgram.Step, _ place: Place,
        _ values: UnsafeMutablePointer<Float>, _ scratch: StepScratch, _ write: IntegerExecutor.Writer
    ) {
        let factor = step.shuffle
        let channels = step.channels / (factor * factor)
        switch sink {
        case .value:
            forEachRun(step, place) { from, y, x, pixels in
                (floats(index, row: y) + x * channels).update(from: values + from, count: pixels * channels)
            }
        case .output:
            forEachRun(step, place) { from, y, x, pixels in write(y, x, pixels, values + from) }
        case .layer(let target, let channel):
            let ring = layerRings[target]
            let count = place.pixels * step.channels
            switch program.layers[target] {
            case .integers(let layer):
                layer.quantizer.encodeIntegers(values, into: scratch.integers, count: count)
                forEachRun(step, place) { from, y, x, pixels in
                    let first = (x + layer.kernel / 2) * layer.channels + channel
                    layer.store(
                        scratch.integers + from, pixels: pixels, channels: channels,
                        into: ring.row(y) + first * layer.bytesPerNumber)
                }
            case .float(let layer):
                layer.input?.apply(values, into: scratch.floats.pointer, count: count)
                let quantized = layer.input == nil ? UnsafePointer(values) : UnsafePointer(scratch.floats.pointer)
                forEachRun(step, place) { from, y, x, pixels in
                    PointwiseOperations.insertChannels(
                        quantized + from, channels: channels,
                        into: ring.row(y).assumingMemoryBound(to: Float.self) + x * layer.convolution.inputs,
                        width: layer.convolution.inputs, offset: channel, pixels: pixels)
                }
            }
        }
    }

    /// Calls `body` for every stretch of a row after the shuffle: where it begins in the values, and its row, column and pixels.
    private func forEachRun(
        _ step: IntegerProgram.Step, _ place: Place, _ body: (_ from: Int, _ y: Int, _ x: Int, _ pixels: Int) -> Void
    ) {
        let factor = step.shuffle
        guard factor > 1 else { return body(0, place.y, place.x, place.pixels) }
        // The pixels of one row that come of one pixel lie side by side.
        let run = step.channels / factor
        for pixel in 0..<place.pixels {
            for i in 0..<factor { body(pixel * step.channels + i * run, place.y * factor + i, (place.x + pixel) * factor, factor) }
        }
    }

    private func floats(_ value: Int, row: Int) -> UnsafeMutablePointer<Float> {
        guard let ring = valueRings[value] else { preconditionFailure("step \(value) is read but not kept") }
        return ring.row(row).assumingMemoryBound(to: Float.self)
    }
}

extension PackedLayer {
    /// Puts an input's integers where the kernels read them.
    func store(_ integers: UnsafePointer<Int16>, pixels: Int, channels: Int, into target: UnsafeMutableRawPointer) {
        let together = channels == self.channels
        let (runs, count) = together ? (1, pixels * channels) : (pixels, channels)
        for run in 0..<runs {
            let source = integers + run * count
            let start = target + run * self.channels * bytesPerNumber
            if bytesPerNumber == 2 {
                start.assumingMemoryBound(to: Int16.self).update(from: source, count: count)
            } else {
                let bytes = start.assumingMemoryBound(to: UInt8.self)
                let raise = Int16(truncatingIfNeeded: raise)
                for i in 0..<count { bytes[i] = UInt8(truncatingIfNeeded: source[i] &+ raise) }
            }
        }
    }
}
