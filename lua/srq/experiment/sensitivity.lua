-- This module measures how much each layer of a network suffers from quantization: its range, its ratio of signal to quantization
-- noise, the PSNR when it alone is quantized, the score of the paper's Eq. (4), its parameters and BitOPs.
--
--   local report = srq.sensitivity(network, images, { data = "Set5", bits = 4 })
--   print(report)                               report:save "build/sensitivity"

local core = require "srq.core"
local costs = require "srq.experiment.costs"
local plot = require "srq.report.plot"
local report = require "srq.report"
local tables = require "srq.report.tables"

core.hide(debug.getinfo(1, "S").source) -- Errors then name the script's line, not one of this file.

local sensitivity = {}

-- Returns the scores of Eq. (4), the softmax of the standard deviations of the layers' outputs. The largest is subtracted first,
-- so that no exponential overflows.
function sensitivity.scores(deviations, temperature)
    local largest, sum, scores = -math.huge, 0, {}
    for _, deviation in ipairs(deviations) do largest = math.max(largest, deviation) end
    for i, deviation in ipairs(deviations) do
        scores[i] = math.exp((deviation - largest) / (temperature or 1))
        sum = sum + scores[i]
    end
    for i, score in ipairs(scores) do scores[i] = score / sum end
    return scores
end

-- Returns a quantization in which nothing is quantized yet.
function sensitivity.bare(network, images, options)
    local q = core.methods.model.calibrate(network, images, {
        weights = 4, activations = 4, quantizer = options.quantizer or "minmax", protocol = "full", threads = options.threads,
    })
    q:bits("*", { weights = 32, activations = 32 })
    return q
end

-- Returns the score on `options.data` when only this layer's activations are quantized.
function sensitivity.alone(q, layer, options)
    q:bits(layer, { activations = options.bits or 4 })
    local model <close> = q:quantize { snapping = false }
    q:bits(layer, { activations = 32 })
    return model:evaluate(options.data, { threads = options.threads, progress = options.progress })
end

local columns = {
    "layer", "role", "lower", "upper", "mean", "deviation", "skewness", "signal_to_noise", "psnr", "loss", "output_deviation",
    "score", "parameters", "bitops",
}

local Report = {}
Report.__index = Report

-- Returns the report. The options are data (a folder to score on; without it there is no PSNR), bits (4), quantizer ("minmax"),
-- width and height of the input that BitOPs are for (320 × 180), the temperature of Eq. (4) (1), threads and progress.
function sensitivity.measure(network, images, options)
    options = options or {}
    if type(options) ~= "table" then core.fail("sensitivity: options must be a table, not a " .. type(options)) end
    local q <close> = sensitivity.bare(network, images, options)
    local bits = options.bits or 4
    q:bits("*", { activations = bits })
    local layers, histograms = q:layers(), q:histograms(images, { threads = options.threads })
    q:bits("*", { activations = 32 })
    local float = options.data and network:evaluate(options.data, { threads = options.threads })
    local deviations, lines = {}, {}
    for i, layer in ipairs(layers) do deviations[i] = layer.deviation or 0 end
    local scores = sensitivity.scores(deviations, options.temperature)
    for i, layer in ipairs(layers) do
        local seen = histograms[i]
        local alone = options.data and sensitivity.alone(q, layer.name, {
            data = options.data, bits = bits, threads = options.threads, progress = options.progress or false,
        })
        if alone and options.progress ~= false then
            io.stderr:write(("%s alone: %.2f dB (%d of %d)\n"):format(layer.name, alone.psnr, i, #layers))
        end
        lines[i] = {
            layer = layer.name, role = layer.role, lower = seen.lower, upper = seen.upper, mean = seen.mean,
            deviation = seen.deviation, skewness = seen.skewness, signal_to_noise = seen.signal_to_noise,
            psnr = alone and alone.psnr, loss = alone and float.psnr - alone.psnr, output_deviation = layer.deviation,
            score = scores[i], parameters = layer.parameters,
            bitops = costs.macs(layer, options.width or 320, options.height or 180) * bits * bits,
        }
    end
    return setmetatable({
        layers = lines, float = float, bits = bits, quantizer = options.quantizer or "minmax",
        title = ("Sensitivity of %s ×%d"):format(network.architecture, network.scale),
    }, Report)
end

function Report:table()
    local titles = { "layer", "role", { "lower", "%.4g" }, { "upper", "%.4g" }, { "SQNR (dB)", "%.1f" } }
    local names = { "layer", "role", "lower", "upper", "signal_to_noise" }
    local function add(title, name)
        titles[#titles + 1], names[#names + 1] = title, name
    end
    if self.float then
        add({ "PSNR alone (dB)", "%.2f" }, "psnr")
        add({ "loss (dB)", "%.2f" }, "loss")
    end
    add({ "σ", "%.4g" }, "output_deviation")
    add({ "score, Eq. 4", "%.2g" }, "score")
    add({ "parameters", "%d" }, "parameters")
    add({ "BitOPs", "%.3g" }, "bitops")
    local t = tables.new(titles)
    for _, one in ipairs(self.layers) do
        local cells = {}
        for i, name in ipairs(names) do cells[i] = one[name] end
        t:add(table.unpack(cells, 1, #names))
    end
    return t
end

function Report:__tostring() return tostring(self:table()) end

local function column(lines, name)
    local values = {}
    for i, line in ipairs(lines) do values[i] = line[name] end
    return values
end

function Report:plots()
    local labels, list = column(self.layers, "layer"), {}
    if self.float then
        list[1] = plot.lines {
            title = "PSNR when one layer's activations are quantized", labels = labels, x = "layer", y = "PSNR (dB)",
            levels = { { value = self.float.psnr, name = ("float, %.2f dB"):format(self.float.psnr) } },
            series = { { values = column(self.layers, "psnr") } },
        }
    end
    local ranges = {}
    for i, one in ipairs(self.layers) do ranges[i] = one.upper - one.lower end
    local rows = {
        { name = "range", values = ranges, format = "%.4g" },
        { name = "skewness", values = column(self.layers, "skewness"), format = "%.1f" },
        { name = "SQNR (dB)", values = column(self.layers, "signal_to_noise"), format = "%.1f", inverted = true },
        { name = "σ of the output", values = column(self.layers, "output_deviation"), format = "%.4g" },
        { name = "score, Eq. 4", values = column(self.layers, "score"), format = "%.2g" },
        { name = "parameters", values = column(self.layers, "parameters"), format = "%.0f" },
        { name = "BitOPs", values = column(self.layers, "bitops"), format = "%.2g" },
    }
    if self.float then
        table.insert(rows, 4, { name = "loss (dB)", values = column(self.layers, "loss"), format = "%.2f" })
    end
    list[#list + 1] = plot.heat { title = "Layer by layer, dark is worse or more", labels = labels, x = "layer", rows = rows }
    return list
end

-- Adds everything to a report that somebody else has begun. Returns that report.
function Report:write(r)
    r:text(("Activations at %d bits (%s), weights in float. SQNR is that of the layer's input; PSNR is that of the network in "
        .. "which this layer alone is quantized; σ is the mean standard deviation of the layer's output, and the score of "
        .. "Eq. (4) its softmax over all layers; BitOPs are the layer's with %d-bit weights."):format(self.bits, self.quantizer,
        self.bits))
    for i, svg in ipairs(self:plots()) do r:plot(svg, i == 1 and self.float and "PSNR by layer" or "Layer by layer") end
    r:table(self:table())
    r:data("layers", columns, self.layers)
    return r
end

-- Writes sensitivity.md, .html and layers.csv into a folder, which is made where it is missing. Returns the path of the page.
function Report:save(folder)
    local made, message = require("srq.core").system.make_folder(folder)
    if not made then error(message, 0) end
    return self:write(report.new(self.title)):save(folder, "sensitivity")
end

-- Numbers in the texts have points, whatever the locale.
for _, name in ipairs { "plots", "table", "write" } do Report[name] = core.plain(Report[name]) end

return sensitivity
