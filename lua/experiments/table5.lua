-- Table 5 shows what a method costs: seconds to quantize, milliseconds to upscale (simulated), numbers to store, and operations.
--
--   srq-lua experiments/table5.lua [--models FOLDER --calibration FOLDER]                    (--help lists all)

local core = require "srq.core"
local costs = require "srq.experiment.costs"
local experiment = require "srq.experiment"
local methods = require "srq.experiment.methods"
local plot = require "srq.report.plot"
local published = require "srq.experiment.published"
local srq = require "srq"
local tables = require "srq.report.tables"

-- Returns the milliseconds of one upscaling, the median of several.
local function latency(run, model)
    local side = run.options.side
    local picture <close> = srq.image.create(side, side)
    local session <close> = model:session { threads = run.options.threads }
    local times = {}
    for i = 0, run.options.repeats do
        local began = core.system.clock()
        session:upscale(picture):close()
        times[i] = core.system.clock() - began -- The first one, at 0, warms up.
    end
    table.sort(times)
    return times[(#times + 1) // 2] * 1000
end

local columns = {
    "network", "model", "method", "weights", "activations", "seconds", "milliseconds", "milliseconds_integers", "storage_honest",
    "storage_as_published", "bytes", "bitops", "published_seconds", "published_milliseconds", "published_storage",
    "resumed",
}

-- Returns the same for the model in integers, or nil where it does not run in integers.
local function latency_in_integers(run, model)
    if not model.quantized then return nil end
    local snapped <close> = model:snap()
    if not snapped.snapped then return nil end
    for _, layer in ipairs(snapped:layers()) do
        if layer.in_float then return nil end
    end
    return latency(run, snapped)
end

local function line(run, network, method, setting)
    local model = run:model(network, method, setting)
    local loaded = model.load()
    local layers = loaded:layers()
    local baseline = network.architecture == "EDSR" and network.network.parameters == published.resources.parameters
    local printed = method and baseline and published.resources[method.name] or {}
    local function storage(count)
        return costs.storage(layers, network.network.parameters, network.architecture, count) / 1000
    end
    return {
        network = network.architecture, model = network.name, method = method and method.name or "float",
        title = (method or methods.float).title, weights = setting.weights, activations = setting.activations,
        seconds = model.row and model.row.calibrate + model.row.finetune, resumed = model.row and model.row.resumed,
        milliseconds = latency(run, loaded),
        milliseconds_integers = latency_in_integers(run, loaded),
        storage_honest = storage "honest", storage_as_published = method and storage "adabm", bytes = model.row and model.row.bytes,
        bitops = costs.bitops(layers, 320, 180) / 1e12, published_seconds = printed.seconds,
        published_milliseconds = printed.milliseconds, published_storage = printed.storage,
    }
end

experiment.run("table5", arg, {
    networks = "EDSR", methods = "minmax,ptq4sr,adabm,plq,plq-saft",
    options = { { "side", 128, "of the picture that is upscaled for the latency" }, { "repeats", 5, "upscalings of it" } },
}, function(run)
    local r = run:begin("Table 5", ("Process time is calibration and finetuning. Latency is one upscaling of %d × %d pixels, the "
        .. "median of %d, in simulated quantization as in the paper, and in integers where the model can run so. Storage is in "
        .. "thousands of 32-bit words: honest counts what the method needs, the paper's count is that of AdaBM's code for every "
        .. "method. BitOPs are for an output of 1280 × 720 at ×4."):format(run.options.side, run.options.side, run.options.repeats))
    local lines, jobs = {}, {}
    local function add(network, method, setting)
        if method and run:refusal(network, method, setting) then return end
        jobs[#jobs + 1] = {
            title = network.name .. " " .. (method or methods.float).title, weight = method and method.finetune and 10 or 1,
            work = function() lines[#lines + 1] = line(run, network, method, setting) end,
        }
    end
    for _, network in ipairs(run.networks) do
        add(network, nil, { weights = 32, activations = 32, protocol = "full" })
        for _, bits in ipairs(run.bits) do
            for _, method in ipairs(run.methods) do
                add(network, method, { weights = bits.weights, activations = bits.activations, protocol = run.protocols[1] })
            end
        end
    end
    run:each(jobs)
    local titles, values = { "network", "method", "W / A" }, {
        function(one) return one.model end, function(one) return one.title end,
        function(one) return ("%d / %d"):format(one.weights, one.activations) end,
    }
    -- Columns that no line has a value for, such as the paper's of another network, are left out.
    local function column(title, format, field)
        for _, one in ipairs(lines) do
            if one[field] ~= nil then
                titles[#titles + 1], values[#values + 1] = { title, format }, function(each) return each[field] end
                return
            end
        end
    end
    column("process (s)", tables.seconds, "seconds")
    column("process, paper (s)", "%.0f", "published_seconds")
    column("epochs resumed", "%d", "resumed")
    column("simulated (ms)", "%.0f", "milliseconds")
    column("simulated, paper (ms)", "%.0f", "published_milliseconds")
    column("in integers (ms)", "%.0f", "milliseconds_integers")
    column("storage (K), honest", "%.3f", "storage_honest")
    column("storage (K), paper's count", "%.3f", "storage_as_published")
    column("storage (K), paper", "%.3f", "published_storage")
    column("file (bytes)", "%d", "bytes")
    column("BitOPs (T)", "%.1f", "bitops")
    local t = tables.new(titles)
    local labels, seconds, simulated, integers = {}, {}, {}, {}
    for i, one in ipairs(lines) do
        local cells = {}
        for c, value in ipairs(values) do cells[c] = value(one) end
        t:add(table.unpack(cells, 1, #values))
        labels[i], seconds[i], simulated[i] = one.title, one.seconds or 0, one.milliseconds
        integers[i] = one.milliseconds_integers or 0 / 0
    end
    print(t)
    r:table(t)
    r:plot(plot.bars { title = "Process time", labels = labels, series = { { values = seconds } }, base = 0, x = "method", y = "s",
        format = "%.1f" }, "Process time: calibration and finetuning")
    r:plot(plot.bars {
        title = "Latency", labels = labels, base = 0, x = "method", y = "ms", format = "%.0f",
        series = { { name = "simulated", values = simulated }, { name = "in integers", values = integers } },
    }, "Latency of one upscaling, simulated and in integers")
    r:data(nil, columns, lines)
    run:finish(r)
end)
