import CKernels
import FloatEngine
import Tensors

/// The rings of one image size, and the work on them.
final class Flow {
    private let program: IntegerProgram
    private let width, height, threads: Int
    private let rows: Rows
    let strips: Int
    private let layerRings: [RowRing]
    private let valueRings: [Int: RowRing]

    init(_ program: IntegerProgram, width: Int, height: Int, threads: Int) throws(IntegerEngineError) {
        (self.program, self.width, self.height, self.threads) = (program, width, height, threads)
        let rows = Self.rows(width: width, height: height)
        self.rows = rows
        strips = program.steps.reduce(1) { max($0, rows.strips(scale: $1.scale, lag: $1.lag)) }
        var layerRings: [RowRing] = []
        for (layer, ring) in zip(program.layers, program.layerRings) {
            let memory = try RowRing(
                rows: rows.kept(ring, threads: threads), rowBytes: Self.rowBytes(layer, ring, width: width))
            // What stands for zero beside and around the image stays; rows overwrite only their own columns.
            if layer.bytesPerNumber == 1 { memory.fill(UInt8(layer.raise)) } else { memory.fill(Int16(0)) }
            layerRings.append(memory)
        }
        self.layerRings = layerRings
        var valueRings: [Int: RowRing] = [:]
        for (step, ring) in program.valueRings {
            valueRings[step] = try RowRing(rows: rows.kept(ring, threads: threads), rowBytes: Self.rowBytes(ring, width: width))
        }
        self.valueRings = valueRings
    }

    func fits(width: Int, height: Int, threads: Int) -> Bool {
        width == self.width && height == self.height && threads == self.threads
    }

    /// A strip of a layer with 64 channels should stay in the second-level cache with what is made of it.
    private static func rows(width: Int, height: Int) -> Rows {
        Rows(height: height, perStrip: min(max(4, 1024 / width / 4 * 4), 16))
    }

    private static func rowBytes(_ layer: PackedLayer, _ ring: IntegerProgram.Ring, width: Int) -> Int {
        // The last tile of a row may reach beyond it.
        (width * ring.scale + 2 * (layer.kernel / 2) + layer.rowsTogether - 1) * layer.channels * layer.bytesPerNumber
    }

    /// Of results in float.
    private static func rowBytes(_ ring: IntegerProgram.Ring, width: Int) -> Int {
        width * ring.scale * ring.channels * MemoryLayout<Float>.stride
    }

    static func bytes(_ program: IntegerProgram, width: Int, height: Int, threads: Int) -> Int {
        let rows = rows(width: width, height: height)
        let layers = zip(program.layers, program.layerRings).map { layer, ring in
            RowRing.bytes(rows: rows.kept(ring, threads: threads), rowBytes: rowBytes(layer, ring, width: width))
        }
        let values = program.valueRings.values.map { ring in
            RowRing.bytes(rows: rows.kept(ring, threads: threads), rowBytes: rowBytes(ring, width: width))
        }
        return layers.reduce(0, +) + values.reduce(0, +)
    }

    // MARK: - Work

    func run(
        _ index: Int, strip: Int, scratch: StepScratch, read: IntegerExecutor.Reader, write: IntegerExecutor.Writer
    ) {
        let step = program.steps[index]
        let rowWidth = width * step.scale
        let together = step.rowsTogether(program)
        let part = Stretch.part(of: rowWidth, step, program)
        let made = rows.made(in: strip, scale: step.scale, lag: step.lag)
        for y in stride(from: made.lowerBound, to: made.upperBound, by: together) {
            for x in stride(from: 0, to: rowWidth, by: part) {
                let pixels = min(part, rowWidth - x)
                let stored = (pixels + together - 1) / together * together
                let rest = load(step, y..<min(y + together, made.upperBound), x, pixels: stored, scratch, read)
                for row in y..<min(y + together, made.upperBound) {
                    let place = Place(y: row, x: x, pixels: pixels)
                    let values = scratch.values.pointer + (row - y) * stored * step.channels
                    for operation in rest { apply(operation, step, place, values) }
                    for sink in step.sinks { store(sink, index, step, place, values, scratch, write) }
                }
            }
        }
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
        case .layer(let index):
            let (layer, ring) = (program.layers[index], layerRings[index])
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
        _ operation: IntegerProgram.Operation, _ step: IntegerProgram.Step, _ place: Place, _ values: UnsafeMutablePointer<Float>
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
            let (layer, ring) = (program.layers[target], layerRings[target])
            layer.quantizer.encodeIntegers(values, into: scratch.integers, count: place.pixels * step.channels)
            forEachRun(step, place) { from, y, x, pixels in
                let first = (x + layer.kernel / 2) * layer.channels + channel
                layer.store(
                    scratch.integers + from, pixels: pixels, channels: channels, into: ring.row(y) + first * layer.bytesPerNumber)
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

extension Rows {
    /// How many rows a ring has to hold while so many strips are worked on.
    func kept(_ ring: IntegerProgram.Ring, threads: Int) -> Int {
        min(height * ring.scale, threads * perStrip * ring.scale + max(0, ring.readerLag - ring.writerLag))
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
