local srq = require "srq"
local check = require "check"
local core = require "srq.core"
local samples = require "samples"

local network = srq.load(samples.network())

check.test("an evaluation has the means and every image's scores", function()
    local result = srq.evaluate(network, samples.references(), { shave = 2 })
    check.equal(#result.images, 2)
    local psnr, ssim, replicate = 0, 0, 0
    for i, image in ipairs(result.images) do
        check.equal(image.name:match "picture" .. i, "picture" .. i)
        psnr, ssim, replicate = psnr + image.psnr / 2, ssim + image.ssim / 2, replicate + image.ssim_replicate / 2
    end
    check.near(result.psnr, psnr, 1e-9)
    check.near(result.ssim, ssim, 1e-9)
    check.near(result.ssim_replicate, replicate, 1e-9)
end)

check.test("the upscaled images are written where asked", function()
    srq.evaluate(network, samples.references(), { output = samples.path "written" })
    check.equal(#core.system.list(samples.path "written"), 2)
end)

check.test("a folder that is missing or empty is named", function()
    core.system.make_folder(samples.path "empty")
    check.raises(function() srq.evaluate(network, samples.path "nowhere") end, "nowhere")
    check.raises(function() srq.evaluate(network, samples.path "empty") end, "empty")
end)

check.test("an evaluation can be cancelled", function()
    check.raises(function() srq.evaluate(network, samples.references(), { progress = function() return false end }) end, "cancel")
end)
