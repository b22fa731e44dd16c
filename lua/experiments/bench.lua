-- This program measures how long the steps of the main job take, and beside them a peer's, and prints a table. It takes the best of
-- several runs, in turns with the peer's, since a machine shared with others is at times a third slower.
--
--   srq-lua experiments/bench.lua [--model FILE] [--calibration FOLDER] [--threads N] [--rounds N] [--peer COMMAND]
--
-- The peer's command prints lines `name <tab> seconds`, with the keys of `add` below, and one `peer <tab> what it is`.

local machine = require "srq.experiment.machine"
local records = require "srq.experiment.records"
local srq = require "srq"
local system = require("srq.core").system
local tables = require "srq.report.tables"

local examples = (debug.getinfo(1, "S").source:match "^@(.*)lua/experiments/[^/]*$" or "") .. "examples/"
local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to measure" },
    { "tanh", false, "the network is an SRResNet whose output is a tanh, which a file cannot say" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "threads", 0, "threads; 0 is one per processor" },
    { "rounds", 2, "how often everything is measured" },
    { "peer", "", "shell command that measures a peer on the same work" },
    { "record", "", "folder whose benchmarks.md keeps the results of this kind of machine; empty: none" },
})
local threads = options.threads

local best, peer, rows = {}, {}, {}

local function keep(into, key, value)
    into[key] = type(value) == "number" and into[key] and math.min(into[key], value) or value
end

local function measure_peer()
    if options.peer == "" then return end
    local lines <close> = assert(io.popen(options.peer))
    for line in lines:lines() do
        local key, value = line:match "^(%w+)\t(.+)$"
        if key then keep(peer, key, tonumber(value) or value) end
    end
end

-- Keeps the seconds of a step. The key is what the peer calls the same step, or nil where it has none.
local function add(title, key, seconds)
    if not best[title] then rows[#rows + 1] = { title = title, key = key } end
    keep(best, title, seconds)
end

local function seconds_of(repeats, body)
    local least = math.huge
    for _ = 1, repeats do
        local start = system.clock()
        body()
        least = math.min(least, system.clock() - start)
    end
    return least
end

local network = srq.load(options.model, { tanh = options.tanh or nil })
local small = srq.image.create(128, 128)
local patches = srq.images(options.calibration, { count = 16, patch = 96 }) -- The bundled pictures are as large as that.
local few = srq.images(options.calibration, { count = 6, patch = 96 })

local function calibrate(images)
    return network:calibrate(images, { batch = 16, threads = threads, progress = false })
end

-- Returns the seconds of a finetuning step, which is the time between two reports. Steps of the first epoch also run the float
-- network, once for each image, and are left out: they are a tenth of all steps at the default ten epochs.
local function step_seconds(group, integers)
    local least, last = math.huge, nil
    calibrate(few):finetune(few, {
        epochs = 2, batch = 2, cycle = { group }, threads = threads, integers = integers,
        progress = function(p)
            if last and p.epoch == 2 then least = math.min(least, p.seconds - last) end
            last = p.seconds
        end,
    })
    return least
end

for _ = 1, options.rounds do
    measure_peer()
    add("load the checkpoint", nil, seconds_of(5, function() srq.load(options.model, { tanh = options.tanh or nil }):close() end))
    local session <close> = network:session { threads = threads }
    add("upscale 128x128, float", "upscale", seconds_of(8, function() session:upscale(small):close() end))
    add("calibrate 16 patches of 96x96", "calibrate", seconds_of(2, function() calibrate(patches):close() end))
    for _, group in ipairs { "weights", "range", "breakpoint" } do
        add(("finetuning step, 2 patches of 96x96, %s"):format(group), "step", step_seconds(group))
        add(("the same in whole numbers, %s"):format(group), "step", step_seconds(group, true))
    end
    for name, snapping in pairs { ["in integers"] = true, simulated = false } do
        local quantized <close> = calibrate(few):quantize({ snapping = snapping }):session { threads = threads }
        add("upscale 128x128, W4A4 " .. name, nil, seconds_of(5, function() quantized:upscale(small):close() end))
    end
end

local columns = { "best of several runs", { "srq (s)", "%.4f" } }
if peer.peer then
    columns[3], columns[4] = { peer.peer .. " (s)", "%.4f" }, { "times faster", "%.2f" }
end
local results = tables.new(columns)
for _, row in ipairs(rows) do
    local seconds, other = best[row.title], peer[row.key or ""]
    if other then
        results:add(row.title, seconds, other, other / seconds)
    else
        results:add(row.title, seconds)
    end
end
local title = ("srq %s, %s ×%d, %d parameters, %s"):format(srq.version, network.architecture, network.scale, network.parameters,
    threads == 0 and "a thread per processor" or threads .. " threads")
print(title)
print(results)
if options.record ~= "" then
    local text = ("%s\n\n%s\n"):format(title, results:markdown())
    print("Recorded: " .. records.save(options.record, machine.here(), "steps", { full = text, summary = text }))
end
