import FloatEngine

/// When the rows of an image of one size are made, and how many of them are kept.
struct Schedule {
    /// When the rows of a step are made, before the shuffle.
    struct Timing {
        /// How many rows fewer than it could have are made, since it waits for rows further down.
        var lag: Int
        /// How many rows are made at a time, or none of them.
        var band = 1
        /// No row comes later than this lag.
        var latest: Int { lag + band - 1 }
    }

    /// A ring of rows that steps write and others read. Lags are of the ring's rows.
    struct Ring {
        /// Rows and columns per image row and column.
        var scale: Int
        /// The smallest lag of a step that writes it: it is the first to come to a row.
        var firstLag = Int.max
        /// The largest lag of one: all rows are there.
        var lag = 0
        /// The largest lag of a step that reads it, with the rows above that it looks back at.
        var readerLag = 0
    }

    private let rows: Rows
    private let threads: Int
    private(set) var timings: [Timing] = []
    private(set) var layerRings: [Ring]
    private(set) var valueRings: [Int: Ring] = [:]
    private(set) var strips = 1

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

    private func lag(of step: IntegerProgram.Step, _ program: IntegerProgram) -> Int {
        func lag(_ value: Int) -> Int { valueRings[value]?.lag ?? 0 }
        var result =
            switch step.source {
            case .input: 0
            case .value(let value): lag(value)
            case .concatenation(let values): values.map(lag).max() ?? 0
            // Row y lies half a pixel above y / factor, between that row and the next.
            case .enlarged(let value, let factor): lag(value) * factor + factor / 2 + 1
            case .layer(let layer): layerRings[layer].lag + program.layers[layer].kernel / 2
            }
        for case .add(let value) in step.operations { result = max(result, lag(value)) }
        return result
    }

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
        case .layer(let layer): layerRings[layer].readerLag = timing.latest + program.layers[layer].kernel / 2
        }
        for case .add(let value) in step.operations { read(value, timing.latest) }
    }

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

    /// The rows that a step makes in a strip.
    func made(by index: Int, _ step: IntegerProgram.Step, in strip: Int) -> Range<Int> {
        let timing = timings[index]
        return rows.made(in: strip, scale: step.scale, lag: timing.lag, band: timing.band)
    }

    /// How many rows a ring has to hold while so many threads work on strips.
    func kept(_ ring: Ring) -> Int {
        min(rows.height * ring.scale, threads * rows.perStrip * ring.scale + max(0, ring.readerLag - ring.firstLag))
    }
}
