-- How much each layer suffers from quantization, as numbers and as a report.

local check = require "check"
local samples = require "samples"
local sensitivity = require "srq.experiment.sensitivity"
local srq = require "srq"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 2, patch = 16 })

check.test("a sensitivity report has every layer's numbers, and can be saved", function()
    local report = srq.sensitivity(network, images, { data = samples.references(), bits = 3, progress = false })
    local sum = 0
    for i, layer in ipairs(network:layers()) do
        local line = report.layers[i]
        check.equal(line.layer, layer.name)
        check.equal(line.parameters, layer.parameters)
        check.near(line.loss, report.float.psnr - line.psnr, 1e-12)
        check.equal(line.bitops, layer.inputs * layer.outputs * 9 * layer.resolution ^ 2 * 320 * 180 * 9)
        sum = sum + line.score
    end
    check.near(sum, 1, 1e-12)
    check.equal(tostring(report):find("score, Eq. 4", 1, true) ~= nil, true)
    local file <close> = assert(io.open(report:save(samples.path "sensitivity")))
    check.equal(select(2, file:read "a":gsub("<svg", "")), 2)
    check.equal(srq.sensitivity(network, images).layers[1].psnr, nil)
end)

check.test("scores are the softmax of Eq. (4), whatever the size of the deviations", function()
    local scores = sensitivity.scores
    local two = scores { 1, 2 }
    check.near(two[1], 1 / (1 + math.exp(1)), 1e-15)
    check.near(scores({ 1000, 1001 })[1], two[1], 1e-15)
    check.near(scores({ 10, 20 }, 10)[1], two[1], 1e-15)
end)
