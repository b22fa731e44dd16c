-- How long the steps of the main job take, as a table. One number per row: the median of several runs.
--
--   srq-lua experiments/bench.lua [--model FILE] [--calibration FOLDER] [--threads N]

local srq = require "srq"
local system = require("srq.core").system
local tables = require "srq.tables"

local examples = (debug.getinfo(1, "S").source:match "^@(.*)lua/experiments/[^/]*$" or "") .. "examples/"
local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to measure" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "threads", 0, "threads; 0 is one per processor" },
    { "repeats", 5, "runs of each" },
})
local threads = options.threads

local function median(values)
    table.sort(values)
    return values[(#values + 1) // 2]
end

local function seconds_of(body)
    local values = {}
    for i = 1, options.repeats + 1 do
        local start = system.clock()
        body()
        values[i] = system.clock() - start
    end
    table.remove(values, 1) -- the first one warms up
    return median(values)
end

local network = srq.load(options.model)
local results = tables.new { "work", { "seconds", "%.4f" } }

results:add("load the checkpoint", seconds_of(function() srq.load(options.model):close() end))

local small = srq.image.create(128, 128)
local session = network:session { threads = threads }
results:add("upscale 128x128, float", seconds_of(function() session:upscale(small):close() end))

local patches = srq.images(options.calibration, { count = 16, patch = 96 })
local function calibrate()
    return network:calibrate(patches, { batch = 16, threads = threads, progress = false })
end
results:add("calibrate 16 patches of 96x96", seconds_of(function() calibrate():close() end))

-- Steps of one epoch that trains the weight ranges; the time between two reports is a step.
local steps, last = {}, nil
calibrate():finetune(patches, {
    epochs = 1, batch = 2, cycle = { "weights" }, threads = threads,
    progress = function(p)
        if last then steps[#steps + 1] = p.seconds - last end
        last = p.seconds
    end,
})
results:add("finetuning step, 2 patches of 96x96", median(steps))

local quantized = calibrate():quantize():session { threads = threads }
results:add("upscale 128x128, quantized (simulated)", seconds_of(function() quantized:upscale(small):close() end))

print(("srq %s, %s x%d, %d parameters, %s"):format(srq.version, network.architecture, network.scale, network.parameters,
    threads == 0 and "a thread per processor" or threads .. " threads"))
print(results)
