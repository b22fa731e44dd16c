-- This program measures one row of experiments/bench_engines.lua and prints it as lua/srq/experiment/timings.lua reads it. It is a
-- process of its own so that its peak memory is its own.
--
--   srq-lua experiments/bench_session.lua --model FILE --precision W4A4 --size 128x128 --threads 2

local srq = require "srq"
local system = require("srq.core").system
local timings = require "srq.experiment.timings"

local options = require("srq.arguments").parse(arg, {
    { "model", "", "network or quantized model" },
    { "tanh", false, "the network is an SRResNet whose output is a tanh, which a file cannot say" },
    { "precision", "f32", "what the row is called" },
    { "arithmetic", "f32", "of layers that are not quantized: f32 or bf16" },
    { "size", "128x128", "of the picture" },
    { "threads", 1, "that work on it" },
    { "least", 3, "runs at least" },
    { "budget", 3.0, "seconds that are spent at least" },
})

-- Returns a picture of noise, the same every time.
local function picture(width, height)
    local image, state = srq.image.create(width, height), 1
    for y = 0, height - 1 do
        for x = 0, width - 1 do
            for channel = 1, 3 do
                state = (state * 1103515245 + 12345) % 2147483648
                image:set(x, y, channel, state >> 23)
            end
        end
    end
    return image
end

local function peak_bytes()
    local file <close> = assert(io.open "/proc/self/status")
    return math.tointeger(file:read("a"):match "VmHWM:%s*(%d+)") * 1024
end

local size = timings.sizes(options.size)[1]
local model = srq.load(options.model, { tanh = options.tanh or nil })
local session = model:session { threads = options.threads, precision = options.arithmetic }
local image = picture(size.width, size.height)

local function seconds()
    local start = system.clock()
    session:upscale(image, { progress = false }):close()
    return system.clock() - start
end

seconds()
local runs, spent = {}, 0
while #runs < options.least or spent < options.budget do
    local one = seconds()
    spent, runs[#runs + 1] = spent + one, ("%.6f"):format(one)
end
print(table.concat({
    "row", "engine=srq", "precision=" .. options.precision, "setting=", "size=" .. size.name,
    "threads=" .. options.threads, "seconds=" .. table.concat(runs, " "), "bytes=" .. peak_bytes(),
}, "\t"))
