import FloatEngine

/// The order in which the rows of an image of one size are made: which rows each step makes in each strip, and how many rows each
/// ring has to keep.
///
/// The image is cut into strips of rows (`Rows`). A step that reads rows further down than its own (a 3×3 window, bilinear
/// enlargement) cannot make the last rows of a strip until the strip below has been started: it stays behind, by its *lag*.
/// Lags add up along the network. A ring is read later than it is written, by the reader's lag, so it has to keep that many
/// rows more than a strip has (docs/integers.md, "Rows instead of maps").
struct Schedule {
    /// The lag of a step, counted in its rows before the pixel shuffle.
    struct Timing {
        /// How many of the rows that belong to the strips so far the step has not made yet, because it waits for rows further down.
        var lag: Int
        /// How many rows are made at a time: a band (`Band`) is made whole or not at all, so that it is the same band as in the
        /// simulation; 1 where the step has no convolution in float.
        var band = 1
        /// The largest lag that any row can have: the last row of a band that is not yet complete.
        var latest: Int { lag + band - 1 }
    }

    /// What is known of a `RowRing` that steps write and others read. All lags are counted in the ring's rows.
    struct Ring {
        /// The number of the ring's rows per image row, and of its columns per image column.
        var scale: Int
        /// The smallest lag of the steps that write the ring: the step with it is the first to come to a row.
        var firstLag = Int.max
        /// The largest lag of the steps that write the ring: with this lag, rows are complete, also where several steps write their
        /// channels side by side.
        var lag = 0
        /// The largest lag of the steps that read the ring, plus the rows above its own that such a step still looks at.
        var readerLag = 0
    }

    private let rows: Rows
    private let threads: Int
    /// The lag of each step, by the step's index.
    private(set) var timings: [Timing] = []
    /// The ring of each layer's input, by the layer's index; not used for a layer that reads a step's results as they are.
    private(set) var layerRings: [Ring]
    /// The rings of the results that are kept in float, by the index of the step that makes them.
    private(set) var valueRings: [Int: Ring] = [:]
    /// The number of strips until all steps have made their last row: more than the image has where lags reach beyond its end.
    private(set) var strips = 1

    /// Makes the schedule for an image of `width` × `height` pixels, both at least 1, whose strips `threads` threads work on.
    init(_ program: IntegerProgram, width: Int, height: Int, threads: Int) {
        self.threads = threads
        // A strip of a layer with 64 channels should stay in the second-level cache with what is made of it.
        rows = Rows(height: height, perStrip: min(max(4, 1024 / width / 4 * 4), 16))
        layerRings = program.layers.map { _ in Ring(scale: 1) }
        for (index, step) in program.steps.enumerated() {
            var timing = Timing(lag: lag(of: step, program))
            if case .layer(let layer) = step.source, case .float(let layer) = program.layers[layer] {
                timing.band = layer.convolution.rowsPerBand(height: height * step.scale, width: width * step.scale)
            }
            timings.append(timing)
            noteReading(of: step, program, timing)
            noteWriting(of: step, index, timing)
            strips = max(strips, rows.strips(scale: step.scale, lag: timing.latest))
        }
    }

    /// Returns the lag of a step: that of the latest of what it reads, plus the rows below its own that it needs.
    private func lag(of step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        func lag(_ value: Int) -> Int { valueRings[value]?.lag ?? 0 }
        var result =
            switch step.source {
            case .input: 0
            case .value(let value): lag(value)
            case .concatenation(let values): values.map(lag).max() ?? 0
            // Row y is made of row ⌊(y + 0.5) / factor − 0.5⌋ and the next (`BilinearResize`).
            case .enlarged(let value, let factor): lag(value) * factor + factor / 2 + 1
            case .layer(let layer):
                (program.layers[layer].reads.map(lag) ?? layerRings[layer].lag) + program.layers[layer].kernel / 2
            }
        for case .add(let value) in step.operations { result = max(result, lag(value)) }
        return result
    }

    /// Notes in the rings that a step reads how long it needs their rows.
    private mutating func noteReading(of step: IntegerProgram.Step, _ program: IntegerProgram, _ timing: Timing) {
        func read(_ value: Int, _ lag: Int) {
            let known = valueRings[value]?.readerLag ?? 0
            valueRings[value]?.readerLag = max(known, lag)
        }
        switch step.source {
        case .input: break
        case .value(let value): read(value, timing.latest)
        case .concatenation(let values): for value in values { read(value, timing.latest) }
        case .enlarged(let value, let factor): read(value, (timing.latest + factor - 1) / factor + 1)
        case .layer(let layer):
            let readerLag = timing.latest + program.layers[layer].kernel / 2
            if let value = program.layers[layer].reads {
                read(value, readerLag)
            } else {
                layerRings[layer].readerLag = readerLag
            }
        }
        for case .add(let value) in step.operations { read(value, timing.latest) }
    }

    /// Notes in the rings that a step writes, after the pixel shuffle, when its rows come.
    private mutating func noteWriting(of step: IntegerProgram.Step, _ index: Int, _ timing: Timing) {
        let factor = step.shuffle
        func write(_ ring: inout Ring) {
            ring.scale = step.scale * factor
            ring.firstLag = min(ring.firstLag, timing.lag * factor)
            ring.lag = max(ring.lag, timing.latest * factor)
        }
        for sink in step.sinks {
            switch sink {
            case .value: write(&valueRings[index, default: Ring(scale: 1)])
            case .layer(let layer, _): write(&layerRings[layer])
            case .output: break
            }
        }
    }

    /// Returns the rows that step `index` makes in a strip, before the pixel shuffle.
    func made(by index: Int, _ step: IntegerProgram.Step, in strip: Int) -> Range<Int> {
        let timing = timings[index]
        return rows.made(in: strip, scale: step.scale, lag: timing.lag, band: timing.band)
    }

    /// Returns how many rows a ring has to hold, at most the whole map: one strip for each thread, since `threads` strips are under
    /// way at a time, plus the rows by which its last reader stays behind its first writer.
    func kept(_ ring: Ring) -> Int {
        min(rows.height * ring.scale, threads * rows.perStrip * ring.scale + max(0, ring.readerLag - ring.firstLag))
    }
}
