import CKernels
import FloatEngine

/// The part of a flow that brings a step's results to where they are read.
extension Flow {
    /// Describes to the kernel that `make` calls what to do with the results of a stretch, and afterwards brings those results that
    /// kernels do not store (the output, inputs of layers in float) to where they go.
    /// - Parameters:
    ///   - index: The index of the step.
    ///   - skipped: The number of the step's operations that have been done already, by oneDNN: the first ones.
    ///   - make: It computes the results of the stretch with a kernel that reads the description.
    func finish(
        _ index: Int, _ place: Place, skipping skipped: Int, _ scratch: StepScratch, _ write: IntegerExecutor.Writer,
        _ make: (UnsafePointer<srq_results>) -> Void
    ) {
        let (step, finish, places) = (program.steps[index], program.finishes[index], scratch.places)
        let count = max(finish.operations.count - skipped, 0)
        for place in 0..<count { places.operations[place] = finish.operations[skipped + place] }
        for (number, value) in finish.added.dropFirst(skipped).enumerated() {
            guard let value else { continue }
            let rows = places.added(number)
            for row in place.rows {
                rows[row - place.rows.lowerBound] = UnsafePointer(floats(value, row: row) + place.x * step.channels)
            }
            places.operations[number].rows = UnsafePointer(rows)
        }
        for number in finish.sinks.indices { places.sinks[number] = sink(finish.sinks[number], number, index, place, scratch) }
        var results = srq_results(
            operations: UnsafePointer(places.operations), operation_count: count, sinks: UnsafePointer(places.sinks),
            sink_count: finish.sinks.count, factor: step.shuffle, rows: place.rows.count, columns: place.pixels)
        make(&results)
        if finish.hasHostSinks { storeFinished(step, place, scratch, write) }
    }

    /// Returns a sink of a stretch as kernels read it, with the places of its rows after the pixel shuffle.
    private func sink(
        _ sink: StepFinish.Sink, _ number: Int, _ index: Int, _ place: Place, _ scratch: StepScratch
    ) -> srq_sink {
        let step = program.steps[index]
        let factor = step.shuffle
        let channels = step.channels / (factor * factor)
        let rows = scratch.places.sink(number)
        let first = place.rows.lowerBound * factor
        let all = first..<place.rows.upperBound * factor
        let ofRows = UnsafePointer(rows)
        let floatBytes = MemoryLayout<Float>.stride
        switch sink {
        case .value:
            for row in all { rows[row - first] = UnsafeMutableRawPointer(floats(index, row: row) + place.x * factor * channels) }
            return srq_sink(kind: SRQ_TO_FLOATS, encoder: nil, rows: ofRows, pixel: channels * floatBytes)
        case .host:
            let length = place.pixels * factor * channels
            for row in all { rows[row - first] = UnsafeMutableRawPointer(scratch.finished.pointer + (row - first) * length) }
            return srq_sink(kind: SRQ_TO_FLOATS, encoder: nil, rows: ofRows, pixel: channels * floatBytes)
        case .floatLayer(let target, let channel, let inputs):
            let (ring, start) = (layerRings[target], (place.x * factor * inputs + channel) * floatBytes)
            for row in all { rows[row - first] = ring.row(row) + start }
            return srq_sink(kind: SRQ_TO_FLOATS, encoder: nil, rows: ofRows, pixel: inputs * floatBytes)
        case .layer(let target, let channel, let layer, let encoder):
            let start = ((place.x * factor + layer.kernel / 2) * layer.channels + channel) * layer.bytesPerNumber
            let ring = layerRings[target]
            for row in all { rows[row - first] = ring.row(row) + start }
            return srq_sink(
                kind: layer.bytesPerNumber == 1 ? SRQ_TO_BYTES : SRQ_TO_WORDS, encoder: encoder.pointer, rows: ofRows,
                pixel: layer.channels * layer.bytesPerNumber)
        }
    }

    /// Gives the finished rows of a stretch to the writer, if they are the output, and to the layers in float that quantize them.
    private func storeFinished(
        _ step: IntegerProgram.Step, _ place: Place, _ scratch: StepScratch, _ write: IntegerExecutor.Writer
    ) {
        let factor = step.shuffle
        let channels = step.channels / (factor * factor)
        let (x, pixels, first) = (place.x * factor, place.pixels * factor, place.rows.lowerBound * factor)
        for y in first..<place.rows.upperBound * factor {
            let values = scratch.finished.pointer + (y - first) * pixels * channels
            for sink in step.sinks {
                switch sink {
                case .value: break
                case .output: write(y, x, pixels, values)
                case .layer(let target, let channel):
                    guard case .float(let layer) = program.layers[target], layer.input != nil else { continue }
                    let count = pixels * channels
                    layer.apply(to: values, into: scratch.floats.pointer, count: count, channels: channels, from: channel)
                    PointwiseOperations.insertChannels(
                        scratch.floats.pointer, channels: channels,
                        into: layerRings[target].row(y).assumingMemoryBound(to: Float.self) + x * layer.convolution.inputs,
                        width: layer.convolution.inputs, offset: channel, pixels: pixels)
                }
            }
        }
    }
}
