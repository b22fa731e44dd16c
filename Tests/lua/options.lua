local srq = require "srq"
local check = require "check"
local samples = require "samples"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 4, patch = 16 })

check.test("an unknown key is named, with the known ones and the script's line", function()
    local message = check.raises(function() network:calibrate(images, { wieghts = 4 }) end,
        "calibrate: unknown option 'wieghts'", "weights, activations, quantizer")
    check.equal(message:match "options.lua:%d+:" ~= nil, true)
end)

check.test("every table of options refuses unknown keys", function()
    local q = network:calibrate(images)
    local calls = {
        function(o) srq.load(samples.network(), o) end,
        function(o) srq.images(samples.pictures(), o) end,
        function(o) network:calibrate(images, o) end,
        function(o) network:session(o) end,
        function(o) network:upscale("in.png", "out.png", o) end,
        function(o) srq.evaluate(network, samples.references(), o) end,
        function(o) q:bits("*", o) end,
        function(o) q:finetune(images, o) end,
        function(o) q:histograms(images, o) end,
        function(o) q:finetune(images, { lr = o }) end,
        function(o) q:finetune(images, { terms = o }) end,
        function(o) srq.image.create(1, 1, o) end,
        function(o) srq.image.beside({ samples.picture(2, 2) }, o) end,
        function(o) samples.picture(16, 16):compare(samples.picture(16, 16), o) end,
    }
    for _, call in ipairs(calls) do
        check.raises(function() call { nothing = 1 } end, "unknown option 'nothing'", "known:")
        check.raises(function() call { [1] = 1 } end, "unknown option '1'")
    end
end)

check.test("a value of the wrong type names its key", function()
    local wrong = {
        weights = { "four", -1, 2.5, {}, true, 2 ^ 32 }, quantizer = { 4, {} }, momentum = { "0.9", {} },
        per_channel = { 1, "yes" }, progress = { 1, "bar", {} },
    }
    for key, values in pairs(wrong) do
        for _, value in ipairs(values) do
            check.raises(function() network:calibrate(images, { [key] = value }) end, "calibrate: option '" .. key .. "' must be")
        end
    end
end)

check.test("options that are no table are refused", function()
    check.raises(function() network:calibrate(images, 4) end, "calibrate: options must be a table, not a number")
    check.raises(function() srq.load(samples.network(), "tanh") end, "load: options must be a table, not a string")
end)

check.test("options may inherit from a table of defaults", function()
    local defaults = { weights = 6, activations = 6 }
    local q = network:calibrate(images, setmetatable({ activations = 5 }, { __index = defaults }))
    local body = q:layers()[2]
    check.equal(body.weight_bits, 6)
    check.equal(body.activation_bits, 5)
end)

check.test("the table of options is left as it was", function()
    local options = { weights = 6 }
    network:calibrate(images, options)
    check.equal(next(options), "weights")
    check.equal(next(options, "weights"), nil)
end)

check.test("an argument of another type is refused", function()
    check.raises(function() network:calibrate(network) end, "srq.images expected")
    check.raises(function() network.calibrate(images, images) end, "srq.model expected")
    check.raises(function() srq.load() end, "string expected")
    check.raises(function() srq.load({}) end, "string expected")
end)
