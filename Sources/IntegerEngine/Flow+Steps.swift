import CKernels
import FloatEngine

/// The part of a flow that makes the rows of a step.
extension Flow {
    /// A stretch of one row, or of the few rows that a kernel computes together: where it lies in a step's results before the pixel
    /// shuffle.
    struct Place {
        /// The rows of the stretch, as rows of the step.
        var rows: Range<Int>
        /// The first column (`x`) and the number of columns (`pixels`).
        var x, pixels: Int
    }

    /// Makes the rows that step `index` has to make in a strip.
    /// - Parameters:
    ///   - scratch: The memory of the calling thread.
    ///   - read: It gives the image's pixels.
    ///   - write: It takes the pixels of the result.
    /// - Returns: The error, if a convolution in float failed, or nil.
    func run(
        _ index: Int, strip: Int, scratch: StepScratch, read: IntegerExecutor.Reader, write: IntegerExecutor.Writer
    ) -> IntegerEngineError? {
        let step = program.steps[index]
        let made = schedule.made(by: index, step, in: strip)
        if case .layer(let layer) = step.source, let bands = bands[layer] {
            if bands.convolution.rowsTogether > 1 { return runFused(bands, of: layer, index, made, scratch, write) }
            return run(bands, of: layer, index, made, scratch, write)
        }
        let rowWidth = width * step.scale
        let together = step.rowsTogether(program)
        let part = Stretch.part(of: rowWidth, step, program)
        for y in stride(from: made.lowerBound, to: made.upperBound, by: together) {
            for x in stride(from: 0, to: rowWidth, by: part) {
                let place = Place(rows: y..<min(y + together, made.upperBound), x: x, pixels: min(part, rowWidth - x))
                if case .layer(let layer) = step.source, case .integers(let layer) = program.layers[layer] {
                    multiply(layer, index, place, scratch, write)
                } else {
                    let values = load(step, place, scratch, read)
                    finish(index, place, skipping: 0, scratch, write) { results in
                        program.finishes[index].kernels.results(results, values, step.channels)
                    }
                }
            }
        }
        return nil
    }

    /// Computes a stretch of the results of a convolution in whole numbers, and finishes it.
    private func multiply(
        _ layer: PackedLayer, _ index: Int, _ place: Place, _ scratch: StepScratch, _ write: IntegerExecutor.Writer
    ) {
        let step = program.steps[index]
        guard case .layer(let number) = step.source else { return }
        let (ring, reach, y) = (layerRings[number], layer.kernel / 2, place.rows.lowerBound)
        let rowHeight = height * step.scale
        // Rows that only the unused rows of a last, incomplete tile would read may not be there yet.
        let needed = max(0, y - reach)..<min(rowHeight, place.rows.upperBound + reach)
        scratch.rows.removeAll(keepingCapacity: true)
        for row in y - reach..<y + layer.rowsTogether + reach {
            let start = needed.contains(row) ? ring.row(row) : ring.outside
            scratch.rows.append(start + place.x * layer.channels * layer.bytesPerNumber)
        }
        /// Whether row `row` is the first (1) or the last one (2) of the map: see `srq_gaussian_edges`.
        func edge(_ row: Int) -> UInt8 { (row == 0 ? 1 : 0) | (row == rowHeight - 1 ? 2 : 0) }
        let edges = srq_gaussian_edges(
            rows: (edge(y), edge(y + 1), edge(y + 2), edge(y + 3)), begins: place.x == 0, last: width * step.scale - 1 - place.x)
        let side = layer.rowsTogether
        let whole = (place.pixels + side - 1) / side * side
        finish(index, place, skipping: 0, scratch, write) { results in
            scratch.rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress else { return }
                layer.run(rows: rows, pixels: whole, edges: edges, scratch: scratch.winograd, into: results)
            }
        }
    }

    /// Makes the rows `made` of step `index`, whose convolution is in float and has a kernel that finishes results itself. Its
    /// tiles begin where those of the simulation do.
    /// - Returns: The error, if the kernel failed, or nil.
    private func runFused(
        _ bands: ConvolutionBands, of layer: Int, _ index: Int, _ made: Range<Int>, _ scratch: StepScratch,
        _ write: IntegerExecutor.Writer
    ) -> IntegerEngineError? {
        let step = program.steps[index]
        let (rowWidth, rowHeight) = (width * step.scale, height * step.scale)
        let part = Stretch.part(of: rowWidth, step, program)
        let (ring, together, inputs) = (layerRings[layer], bands.convolution.rowsTogether, bands.convolution.inputs)
        for y in stride(from: made.lowerBound, to: made.upperBound, by: together) {
            for x in stride(from: 0, to: rowWidth, by: part) {
                let place = Place(rows: y..<min(y + together, made.upperBound), x: x, pixels: min(part, rowWidth - x))
                // Rows that only the unused rows of a last, incomplete tile would read may not be there yet.
                let needed = max(0, y - 1)..<min(rowHeight, place.rows.upperBound + 1)
                scratch.floatRows.removeAll(keepingCapacity: true)
                for row in y - 1...y + together {
                    let start = needed.contains(row) ? ring.row(row).assumingMemoryBound(to: Float.self) : nil
                    scratch.floatRows.append(start.map { UnsafePointer($0 + x * inputs) })
                }
                var failure: String?
                finish(index, place, skipping: 0, scratch, write) { results in
                    scratch.floatRows.withUnsafeBufferPointer { rows in
                        guard let rows = rows.baseAddress else { return }
                        failure = bands.run(rows: rows, x: x, scratch: scratch.bands, into: results)
                    }
                }
                if let failure { return .engine(.library(node: bands.convolution.name, message: failure)) }
            }
        }
        return nil
    }

    /// Makes the rows `made` of step `index`, whose convolution is in float: band by band, exactly the bands of the simulation.
    ///
    /// An addition or ReLU that the simulation has oneDNN do is done by oneDNN here as well, and skipped among the step's
    /// operations.
    /// - Returns: The error, if oneDNN failed, or nil.
    private func run(
        _ bands: ConvolutionBands, of layer: Int, _ index: Int, _ made: Range<Int>, _ scratch: StepScratch,
        _ write: IntegerExecutor.Writer
    ) -> IntegerEngineError? {
        let step = program.steps[index]
        let rowWidth = width * step.scale
        let part = Stretch.part(of: rowWidth, step, program)
        let ring = layerRings[layer]
        let (accumulates, relu) = (bands.convolution.accumulates, bands.convolution.relu)
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
                    let place = Place(rows: row..<row + 1, x: x, pixels: min(part, rowWidth - x))
                    let values = UnsafePointer(result + ((row - first) * rowWidth + x) * step.channels)
                    finish(index, place, skipping: accumulates || relu ? 1 : 0, scratch, write) { results in
                        program.finishes[index].kernels.results(results, values, step.channels)
                    }
                }
            }
        }
        return nil
    }

    /// Returns the values of a stretch of one row of what a step without a convolution reads, `[pixels][channels]`: in the ring
    /// where they can be read as they are, else in scratch memory.
    private func load(
        _ step: IntegerProgram.Step, _ place: Place, _ scratch: StepScratch, _ read: IntegerExecutor.Reader
    ) -> UnsafePointer<Float> {
        let values = scratch.values.pointer
        let (y, x, pixels) = (place.rows.lowerBound, place.x, place.pixels)
        switch step.source {
        case .input: read(y, x, pixels, values)
        case .value(let value):
            let source = UnsafePointer(floats(value, row: y) + x * step.channels)
            guard case .reorder(let order)? = step.operations.first else { return source }
            for first in stride(from: 0, to: pixels * step.channels, by: step.channels) {
                for (from, to) in order.enumerated() { values[first + to] = source[first + from] }
            }
        case .concatenation(let parts):
            var channel = 0
            for part in parts {
                let channels = program.steps[part].channels / (program.steps[part].shuffle * program.steps[part].shuffle)
                PointwiseOperations.insertChannels(
                    floats(part, row: y) + x * channels, channels: channels, into: values, width: step.channels, offset: channel,
                    pixels: pixels)
                channel += channels
            }
        case .enlarged(let value, let factor):
            let (rows, columns) = (height * step.scale / factor, width * step.scale / factor)
            let read = BilinearResize.rows(y, factor: factor, height: rows)
            BilinearResize.forward(
                floats(value, row: read.first), floats(value, row: read.second), row: y, columns: x..<x + pixels, height: rows,
                width: columns, channels: step.channels, factor: factor, into: values)
        case .layer: preconditionFailure("a convolution has results, not values")
        }
        return UnsafePointer(values)
    }
}
