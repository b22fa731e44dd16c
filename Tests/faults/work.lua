-- One piece of work that leaves a file: work.lua JOB FOLDER. Folder: network.safetensors, low/*.png, as `prepare` leaves them.

package.path = "Tests/lua/support/?.lua;" .. package.path
local srq = require "srq"
local job, folder = arg[1], arg[2]
local function path(name) return folder .. "/" .. name end
local function load() return srq.load(path "network.safetensors") end
local function data() return srq.images(path "low", { count = 4, patch = 16 }) end

local jobs = {}

function jobs.prepare()
    local samples = require "samples"
    local network = samples.network { blocks = 4, channels = 32 }
    samples.pictures()
    assert(os.execute(("cp '%s' '%s' && cp -r '%s' '%s'"):format(
        network, path "network.safetensors", samples.path "low", path "low")))
    samples.remove()
end

function jobs.save()
    load():calibrate(data(), { progress = false, threads = 1 }):quantize():save(path "model.srq")
end

function jobs.export()
    load():export(path "export.safetensors")
end

function jobs.upscale()
    load():upscale(path "low/picture1.png", path "high.png", { progress = false, threads = 1 })
end

-- Six epochs; every one leaves a state. A run that is killed goes on from it.
function jobs.finetune()
    local quantization = load():calibrate(data(), { progress = false, threads = 1 })
    quantization:finetune(data(), { epochs = 6, state = path "run.state", progress = false, threads = 1 })
    quantization:quantize():save(path "tuned.srq")
end

jobs[job]()
