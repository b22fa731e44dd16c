-- This program measures srq beside other engines on one network, in one run on one machine, and writes tables of medians, minima,
-- GOP/s and peak memory.
--
--   srq-lua experiments/bench_engines.lua [--sizes 128x128] [--threads 2] [--engines srq,ncnn] [--peer COMMAND]
--                                                                                           (--help lists all)
--
-- The peer's command is a shell command to which `--only prepare` or `--only measure` and the sizes, threads and engines are
-- appended: tools/bench_peers.py, or whatever prints lines as lua/srq/experiment/timings.lua reads them. What is measured close
-- together can be compared; a machine shared with others is slower at times, so all engines take turns at every size.

local core = require "srq.core"
local comparison = require "srq.experiment.comparison"
local costs = require "srq.experiment.costs"
local machine = require "srq.experiment.machine"
local records = require "srq.experiment.records"
local srq = require "srq"
local timings = require "srq.experiment.timings"

local here = debug.getinfo(1, "S").source:match "^@(.*/)" or ""
local examples = (here:match "^(.*)lua/experiments/$" or "") .. "examples/"
local options = require("srq.arguments").parse(arg, {
    { "model", examples .. "models/edsr_compact_x4.pth", "network to measure" },
    { "tanh", false, "the network is an SRResNet whose output is a tanh, which a file cannot say" },
    { "calibration", examples .. "images/calibration", "folder or pattern of low resolution images" },
    { "set", examples .. "images/demo", "pictures that tell what bf16 costs in PSNR" },
    { "images", 16, "patches that set srq's ranges" },
    { "patch", 48, "side of a patch" },
    { "engines", "srq,openvino,onnxruntime,ncnn,pytorch", "who takes part" },
    { "sizes", "64x64,128x128,256x256,640x360", "of the pictures" },
    { "threads", "1,2", "numbers of threads" },
    { "rounds", 1, "how often everything is measured" },
    { "least", 3, "runs of a row and round at least" },
    { "budget", 3.0, "seconds spent on a row and round at least" },
    { "peaks", "", "GOP/s of one thread of this machine: f32=150,bf16=300,int8=600" },
    { "peer", "", "shell command that measures the other engines" },
    { "out", "build/bench", "folder for the tables and models" },
    { "record", "", "folder whose benchmarks.md keeps the results of this kind of machine; empty: none" },
})

local quantizations = {
    { precision = "W8A8", weights = 8, activations = 8, quantizer = "minmax" },
    { precision = "W4A4", weights = 4, activations = 4, quantizer = "plq" },
    -- The codes of 16 even levels are narrow enough for the products of bytes (docs/integers.md); those of plq are not.
    { precision = "W4A4-uniform", weights = 4, activations = 4, quantizer = "minmax" },
}

local function fail(message)
    io.stderr:write(message, "\n")
    os.exit(false, true)
end

local function checked(call, ...)
    local done, value = pcall(call, ...)
    return done and value or fail(value)
end

local sizes, threads = checked(timings.sizes, options.sizes), checked(timings.threads, options.threads)
local peaks = checked(timings.peaks, options.peaks)

local with_srq, peers = false, {}
for name in options.engines:gmatch "[^,]+" do
    if name == "srq" then with_srq = true else peers[#peers + 1] = name end
end
if options.peer == "" then peers = {} end

local network = srq.load(options.model, { tanh = options.tanh or nil })
local layers = network:layers()
local results = timings.new {
    peaks = peaks,
    macs = function(width, height)
        local sum = 0
        for _, layer in ipairs(layers) do sum = sum + costs.macs(layer, width, height) end
        return sum
    end,
}

-- Peers may tell the same with words of their own.
local here_machine = machine.here()
results.machine = here_machine

local function say(text) io.stderr:write(text, "\n") end

local function quoted(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- ---- Measuring -------------------------------------------------------------------------------------------------------

assert(core.system.make_folder(options.out))

-- Adds the network in bf16 where the processor has instructions for it, and says in the results what it costs; else the results say
-- why it is missing.
local function add_bf16(models)
    local done, session = pcall(network.session, network, { precision = "bf16" })
    if not done then return results:note("srq bf16 is not measured: " .. session) end
    session:close()
    local function psnr(precision)
        return network:evaluate(options.set, { precision = precision, progress = false }).psnr
    end
    local single, bf16 = psnr "f32", psnr "bf16"
    results.remarks[1] = ("srq bf16 costs %.4f dB of PSNR on %s: %.4f instead of %.4f."):format(single - bf16,
        options.set:match "[^/]+$" or options.set, bf16, single)
    models[#models + 1] = { precision = "bf16", path = options.model, arithmetic = "bf16" }
end

-- Returns {precision, path} of the network itself and of what it is quantized to.
local function srq_models()
    local models = { { precision = "f32", path = options.model } }
    say "preparing srq bf16"
    add_bf16(models)
    local images = srq.images(options.calibration, { count = options.images, patch = options.patch })
    for _, setting in ipairs(quantizations) do
        say("preparing srq " .. setting.precision)
        local path = ("%s/%s.srq"):format(options.out, setting.precision:lower())
        local quantization <close> = network:calibrate(images, {
            weights = setting.weights, activations = setting.activations, quantizer = setting.quantizer, progress = false,
        })
        quantization:quantize():save(path)
        models[#models + 1] = { precision = setting.precision, path = path }
    end
    return models
end

local function measure_srq(models, size, count)
    for _, model in ipairs(models) do
        local done = results:run(("%s %s --model %s --precision %s --arithmetic %s --size %s --threads %d --least %d "
            .. "--budget %g"):format(quoted(arg[-1]), quoted(here .. "bench_session.lua"), quoted(model.path), model.precision,
            model.arithmetic or "f32", size.name, count, options.least, options.budget))
        local row = done and results:row("srq", model.precision, size.name, count)
        if row then
            say(("%s %s, %d threads: srq %s %.3f s"):format(os.date "%H:%M:%S", size.name, count, model.precision,
                timings.median(row.runs)))
        end
    end
end

local function run_peer(rest)
    return results:run(("%s --engines %s --least %d --budget %g %s"):format(options.peer, quoted(table.concat(peers, ",")),
        options.least, options.budget, rest))
end

-- ---- All of it -------------------------------------------------------------------------------------------------------

-- Writes the report, after every size as well, so that a killed run keeps what it measured.
local function save()
    local r = comparison.report(results, sizes, threads, network)
    return r:save(options.out, "benchmarks"), r
end

local models = with_srq and srq_models() or {}
if #peers > 0 and not run_peer "--only prepare" then peers = {} end
for round = 1, options.rounds do
    if options.rounds > 1 then say(("round %d of %d"):format(round, options.rounds)) end
    for _, size in ipairs(sizes) do
        for _, count in ipairs(threads) do
            measure_srq(models, size, count)
            if #peers > 0 then run_peer(("--only measure --sizes %s --threads %d"):format(size.name, count)) end
            save()
        end
    end
end
local page, r = save()
print(r:markdown())
if options.record ~= "" and #results.rows > 0 then
    say("Recorded: " .. checked(records.save, options.record, here_machine, "engines",
        comparison.record(results, sizes, threads, network)))
end
say(("Written: %s, with .md and .csv beside it."):format(page))
if #results.rows == 0 then fail "nothing was measured" end
