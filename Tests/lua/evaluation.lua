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
    check.equal(result.fab, 32)
end)

check.test("an evaluation tells the bits of every image and their mean", function()
    local images = srq.images(samples.pictures(), { count = 4, patch = 16 })
    local fixed = srq.evaluate(network:calibrate(images, { activations = 5 }):quantize(), samples.references())
    check.equal(fixed.fab, 5)
    check.equal(fixed.images[1].bits, 5)
    local adaptive = srq.evaluate(network:calibrate(images, { quantizer = "adabm" }):quantize(), samples.references())
    local sum = 0
    for _, image in ipairs(adaptive.images) do
        check.equal(image.bits >= 3 and image.bits <= 5, true)
        sum = sum + image.bits
    end
    check.near(adaptive.fab, sum / #adaptive.images, 1e-12)
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

check.test("a picture that is too small for SSIM's window is left out of that mean alone, and named", function()
    core.system.make_folder(samples.path "sizes/HR")
    samples.picture(40, 32):write(samples.path "sizes/HR/large.png")
    samples.picture(12, 12):write(samples.path "sizes/HR/small.png")
    local result = srq.evaluate(network, samples.path "sizes", { shave = 2 })
    check.equal(#result.images, 2)
    check.equal(result.images[2].ssim, nil)
    check.equal(result.ssim, result.images[1].ssim)
    check.near(result.psnr, (result.images[1].psnr + result.images[2].psnr) / 2, 1e-9)
    check.near(result.ssim_replicate, (result.images[1].ssim_replicate + result.images[2].ssim_replicate) / 2, 1e-12)
    check.equal(table.concat(result.without_ssim, " "), "small")
    check.equal(#srq.evaluate(network, samples.references()).without_ssim, 0)
end)

check.test("what is written replaces no picture of the set", function()
    local set = samples.references()
    for _, output in ipairs { "set/HR", "set/../set/HR/" } do
        check.raises(function() srq.evaluate(network, set, { output = samples.path(output) }) end, "would replace", "picture1.png")
    end
    local flat = samples.path "set/HR"
    check.raises(function() srq.evaluate(network, flat, { output = flat }) end, "would replace", "picture1.png")
    check.equal(srq.evaluate(network, set).psnr < 100, true)
end)
