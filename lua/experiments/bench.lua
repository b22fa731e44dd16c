-- How long the steps of the main job take, as a table: medians of several runs, and beside them those of a peer.
--
--   srq-lua experiments/bench.lua [--model FILE] [--calibration FOLDER] [--threads N] [--peer FILE]
--
-- The peer's file has lines `name <tab> seconds`, with the names of `key` below, and one `peer <tab> what it is`.

local srq = require "srq"
local system = require("srq.core").system
local tables = require "srq.tables"

local examples = (debug.getinfo(1, "S").source:match "^@(.*)lua/experiments/[^/]*$" or "") .. "examples/"
local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to measure" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "threads", 0, "threads; 0 is one per processor" },
    { "repeats", 5, "runs of each" },
    { "peer", "", "file with the seconds of a peer on the same work" },
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

local peer = {}
for line in system.kind(options.peer) == "file" and io.lines(options.peer) or function() end do
    local key, value = line:match "^(%w+)\t(.+)$"
    if key then peer[key] = tonumber(value) or value end
end

local network = srq.load(options.model)
local results = peer.peer
    and tables.new { "work", { "srq (s)", "%.4f" }, { peer.peer .. " (s)", "%.4f" }, { "times faster", "%.2f" } }
    or tables.new { "work", { "srq (s)", "%.4f" } }

local function add(title, seconds, key)
    local other = key and peer[key]
    if other then
        results:add(title, seconds, other, other / seconds)
    else
        results:add(title, seconds)
    end
end

add("load the checkpoint", seconds_of(function() srq.load(options.model):close() end))

local small = srq.image.create(128, 128)
local session = network:session { threads = threads }
add("upscale 128x128, float", seconds_of(function() session:upscale(small):close() end), "upscale")

local patches = srq.images(options.calibration, { count = 16, patch = 96 })
local function calibrate()
    return network:calibrate(patches, { batch = 16, threads = threads, progress = false })
end
add("calibrate 16 patches of 96x96", seconds_of(function() calibrate():close() end), "calibrate")

-- The time between two reports is a step. Steps of the first epoch also ask the teacher, once per image, and are left out: they
-- are a tenth of all steps at the default ten epochs.
local function step_seconds(group)
    local steps, last = {}, nil
    calibrate():finetune(patches, {
        epochs = 2, batch = 2, cycle = { group }, threads = threads,
        progress = function(p)
            if last and p.epoch == 2 then steps[#steps + 1] = p.seconds - last end
            last = p.seconds
        end,
    })
    return median(steps)
end
for _, group in ipairs { "weights", "range", "breakpoint" } do
    add(("finetuning step, 2 patches of 96x96, %s"):format(group), step_seconds(group), "step")
end

local quantized = calibrate():quantize():session { threads = threads }
add("upscale 128x128, quantized (simulated)", seconds_of(function() quantized:upscale(small):close() end))

print(("srq %s, %s x%d, %d parameters, %s"):format(srq.version, network.architecture, network.scale, network.parameters,
    threads == 0 and "a thread per processor" or threads .. " threads"))
print(results)
