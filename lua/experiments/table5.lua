-- Table 5: what a method costs: seconds to quantize, milliseconds to upscale (simulated), numbers to store, operations.
--
--   srq-lua experiments/table5.lua [--models FOLDER --calibration FOLDER]                    (--help lists all)

local core = require "srq.core"
local costs = require "srq.costs"
local experiment = require "srq.experiment"
local methods = require "srq.methods"
local plot = require "srq.plot"
local published = require "srq.published"
local srq = require "srq"
local tables = require "srq.tables"

-- Milliseconds of one upscaling, the median of several.
local function latency(run, model)
    local side = run.options.side
    local picture <close> = srq.image.create(side, side)
    local session <close> = model:session { threads = run.options.threads }
    local times = {}
    for i = 0, run.options.repeats do
        local began = core.system.clock()
        session:upscale(picture):close()
        times[i] = core.system.clock() - began -- the first one, at 0, warms up
    end
    table.sort(times)
    return times[(#times + 1) // 2] * 1000
end

local columns = {
    "network", "model", "method", "weights", "activations", "seconds", "milliseconds", "storage_honest", "storage_as_published",
    "bytes", "bitops", "published_seconds", "published_milliseconds", "published_storage",
}

local function line(run, network, method, setting)
    local model = run:model(network, method, setting)
    local layers = model.load():layers()
    local baseline = network.architecture == "EDSR" and network.network.parameters == published.resources.parameters
    local printed = method and baseline and published.resources[method.name] or {}
    local function storage(count)
        return costs.storage(layers, network.network.parameters, network.architecture, count) / 1000
    end
    return {
        network = network.architecture, model = network.name, method = method and method.name or "float",
        title = (method or methods.float).title, weights = setting.weights, activations = setting.activations,
        seconds = model.row and model.row.calibrate + model.row.finetune, milliseconds = latency(run, model.load()),
        storage_honest = storage "honest", storage_as_published = method and storage "adabm", bytes = model.row and model.row.bytes,
        bitops = costs.bitops(layers, 320, 180) / 1e12, published_seconds = printed.seconds,
        published_milliseconds = printed.milliseconds, published_storage = printed.storage,
    }
end

experiment.run("table5", arg, {
    networks = "EDSR", methods = "minmax,ptq4sr,adabm,plq,plq-saft",
    options = { { "side", 128, "of the picture that is upscaled for the latency" }, { "repeats", 5, "upscalings of it" } },
}, function(run)
    local r = run:begin("Table 5", ("Process time is calibration and finetuning. Latency is one upscaling of %d × %d pixels in "
        .. "simulated quantization, the median of %d. Storage is in thousands of 32-bit words: honest counts what the method "
        .. "needs, the paper's count is that of AdaBM's code for every method. BitOPs are for an output of 1280 × 720 at "
        .. "×4."):format(run.options.side, run.options.side, run.options.repeats))
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
    local t = tables.new {
        "network", "method", "W / A", { "process (s)", "%.1f" }, { "paper", "%.0f" }, { "latency (ms)", "%.0f" },
        { "paper", "%.0f" },
        { "storage (K), honest", "%.3f" }, { "paper's count", "%.3f" }, { "paper", "%.3f" }, { "file (bytes)", "%d" },
        { "BitOPs (T)", "%.1f" },
    }
    local labels, seconds, milliseconds = {}, {}, {}
    for i, one in ipairs(lines) do
        t:add(one.model, one.title, ("%d / %d"):format(one.weights, one.activations), one.seconds, one.published_seconds,
            one.milliseconds, one.published_milliseconds, one.storage_honest, one.storage_as_published, one.published_storage,
            one.bytes, one.bitops)
        labels[i], seconds[i], milliseconds[i] = one.title, one.seconds or 0, one.milliseconds
    end
    print(t)
    r:table(t)
    r:plot(plot.bars { title = "Process time", labels = labels, series = { { values = seconds } }, base = 0, x = "method", y = "s",
        format = "%.1f" }, "Process time: calibration and finetuning")
    r:plot(plot.bars { title = "Latency", labels = labels, series = { { values = milliseconds } }, base = 0, x = "method", y = "ms",
        format = "%.0f" }, "Latency of one upscaling, simulated")
    r:data(nil, columns, lines)
    run:finish(r)
end)
