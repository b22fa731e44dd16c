-- Histograms of layers' inputs, and quantizers written in Lua.

local check = require "check"
local samples = require "samples"
local srq = require "srq"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 2, patch = 16 })

local function calibrated(options)
    return network:calibrate(images, options)
end

check.test("every layer has a histogram of what enters it", function()
    local q = calibrated()
    local all = q:histograms(images)
    check.equal(#all, #q:layers())
    for i, layer in ipairs(q:layers()) do
        local h, sum, mean = all[i], 0, 0
        check.equal(h.name, layer.name)
        check.equal(#h.counts, 2048)
        for bin, count in ipairs(h.counts) do
            sum = sum + count
            mean = mean + count * (h.lower + (bin - 0.5) * (h.upper - h.lower) / 2048)
        end
        check.equal(sum, h.count)
        check.equal(h.count, 2 * 16 * 16 * layer.inputs * layer.resolution ^ 2)
        check.near(mean / sum, h.mean, (h.upper - h.lower) / 2048)
        check.equal(h.signal_to_noise > 0, true)
        check.equal(h.deviation > 0 and h.deviation < h.upper - h.lower, true)
    end
    check.equal(#q:histograms(images, { pattern = "body.*", threads = 1 }), 5)
    check.raises(function() q:histograms(images, { pattern = "nothing" }) end, "'nothing'")
    check.equal(calibrated({ protocol = "body" }):histograms(images)[1].signal_to_noise, nil)
end)

check.test("a progress function sees both passes and can cancel", function()
    local q, seen = calibrated(), {}
    q:histograms(images, { progress = function(p) seen[#seen + 1] = ("%d/%d"):format(p.done, p.total) end })
    check.equal(table.concat(seen, " "), "1/4 2/4 3/4 4/4")
    check.raises(function() q:histograms(images, { progress = function() return false end }) end, "cancelled")
end)

check.test("a function chooses the levels of the layers that match", function()
    local q, asked = calibrated({ weights = 4, activations = 3 }), {}
    q:levels("body.*", images, function(h, bits, layer)
        asked[#asked + 1] = layer.name
        check.equal(bits, 3)
        check.equal(h.name, layer.name)
        return { h.lower - 1, 0, h.upper }
    end)
    check.equal(table.concat(asked, " "), "body.0.body.0 body.0.body.2 body.1.body.0 body.1.body.2 body.2")
    for _, layer in ipairs(q:layers()) do
        check.equal(layer.quantizer, layer.role == "edge" and "minmax" or "levels")
    end
    local body = q:layers()[2]
    check.equal(body.lower < 0 and body.upper > 0 and body.breakpoint, nil)
end)

check.test("the same levels as a quantizer's give the same picture, saved and loaded too", function()
    local function uniform(h_lower, h_upper, bits)
        local levels, steps = {}, (1 << bits) - 1
        for i = 0, steps do levels[i + 1] = h_lower + (h_upper - h_lower) * i / steps end
        return levels
    end
    local plain = calibrated { quantizer = "minmax", batch = 16 }
    local scripted = calibrated({ quantizer = "minmax", batch = 16 }):levels("*", images, function(_, bits, layer)
        return uniform(layer.lower, layer.upper, bits)
    end)
    local picture = samples.picture(20, 18)
    local a, b = plain:quantize(), scripted:quantize()
    check.equal(a:upscale(picture):compare(b:upscale(picture)).psnr > 45, true)
    b:save(samples.path "levels.srq")
    local again = srq.load(samples.path "levels.srq")
    check.equal(again:upscale(picture):compare(b:upscale(picture)).psnr, math.huge)
    check.equal(again:layers()[2].quantizer, "levels")
    check.equal(#again:recipe_table().levels, #again:layers())
end)

check.test("finetuning goes around layers whose levels are fixed", function()
    local q = calibrated():levels("body.0.*", images, function(h) return { h.lower - 1, 0, h.upper } end)
    local before = q:layers()[2]
    q:finetune(images, { epochs = 3 })
    check.equal(q:layers()[2].lower, before.lower)
    check.equal(q:layers()[2].upper, before.upper)
end)

check.test("what is no list of levels is an error, and then nothing has changed", function()
    local q = calibrated()
    local wrong = {
        { function() return { 1, 0 } end, "levels must ascend" },
        { function() return {} end, "0 levels do not fit" },
        { function() return { 0, "one" } end, "level 2 of layer body.0.body.0 must be a number, not a string" },
        { function() return { 0, 0 / 0 } end, "finite" },
        { function() return nil end, "the function gave a nil, not a table" },
        { function() error("no luck", 0) end, "no luck" },
        { function()
            local many = {}
            for i = 1, 300 do many[i] = i end
            return many
        end, "300 levels" },
    }
    for _, case in ipairs(wrong) do
        check.raises(function() q:levels("body.0.body.0", images, case[1]) end, case[2])
        check.equal(q:layers()[2].quantizer, "plq")
    end
    check.raises(function() q:levels("*", images) end, "expected a function")
    check.raises(function() q:set_levels("nowhere", { 0 }) end, "'nowhere'")
    local body = calibrated { protocol = "body" }
    check.raises(function() body:levels("head.*", images, function() return { 0 } end) end, "no layer that matches 'head.*'")
end)
