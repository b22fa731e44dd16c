-- Storage and operations, against the published counts.

local check = require "check"
local costs = require "srq.experiment.costs"
local samples = require "samples"
local srq = require "srq"

-- EDSR-baseline ×4 as the paper has it; its weights do not matter here.
local edsr = srq.load(samples.network { name = "baseline", blocks = 16, channels = 64, scale = 4, zero = true })
local patches = srq.images(samples.pictures(), { count = 1, patch = 8 })

local function layers(options)
    local q <close> = edsr:calibrate(patches, options)
    return q:layers()
end

local function storage(options, count)
    return costs.storage(layers(options), edsr.parameters, edsr.architecture, count)
end

check.test("EDSR at W4A4, full, stores what Table 5 prints, and what PLQ honestly needs", function()
    check.equal(edsr.parameters, 1517571)
    check.equal(costs.storage(edsr:layers(), edsr.parameters, "EDSR"), 1517595)
    local minmax = { weights = 4, activations = 4, quantizer = "minmax" }
    check.equal(storage(minmax, "adabm"), 229517)
    check.equal(storage({ weights = 4, activations = 4, quantizer = "plq" }), 229515)
    check.equal(storage({ weights = 4, activations = 4, quantizer = "plq" }, "breakpoints everywhere"), 229519)
    check.equal(storage(minmax), 229515 - 33)
    check.equal(storage({ weights = 6, activations = 6, quantizer = "minmax" }, "adabm"), 305549)
    check.equal(storage { weights = 4, activations = 4, quantizer = "plq", protocol = "body" }, 485403 + 32 * 4)
end)

check.test("one weight range per channel is counted", function()
    local one = storage { weights = 4, activations = 4, quantizer = "plq" }
    local channels = 0
    for _, layer in ipairs(edsr:layers()) do channels = channels + layer.outputs end
    check.equal(storage { weights = 4, activations = 4, quantizer = "plq", per_channel = true }, one - 37 + channels)
end)

check.test("operations of EDSR for an output of 1280 × 720", function()
    local macs = 0
    for _, layer in ipairs(edsr:layers()) do macs = macs + costs.macs(layer, 320, 180) end
    check.near(macs / 1e9, 114.23, 0.005)
    check.equal(costs.bitops(edsr:layers(), 320, 180), macs * 1024)
    local low = costs.bitops(layers { weights = 4, activations = 4 }, 320, 180)
    local expected = 0
    for _, layer in ipairs(edsr:layers()) do
        expected = expected + costs.macs(layer, 320, 180) * (layer.role == "edge" and 64 or 16)
    end
    check.equal(low, expected)
end)

check.test("a layer says its parameters and the size of its output", function()
    local all, sum = edsr:layers(), 0
    for _, layer in ipairs(all) do sum = sum + layer.parameters end
    check.equal(sum, edsr.parameters)
    check.equal(all[1].parameters, 3 * 64 * 9 + 64)
    check.equal(all[1].resolution, 1)
    check.equal(all[#all - 1].resolution, 2)
    check.equal(all[#all].resolution, 4)
    check.equal(all[1].weight_parameters, nil)
    check.equal(layers {}[1].weight_parameters, 1)
end)
