-- Errors about arguments stand at the script's line, whichever half of the module finds them.

local srq = require "srq"
local core = require "srq.core"
local check = require "check"
local samples = require "samples"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 2, patch = 16 })
local q = network:calibrate(images)
local image = samples.picture(20, 16)
local here = debug.getinfo(1, "S").short_src

-- Expects that the call fails at the line of the function's only statement, with these parts in the message.
local function fails_here(body, ...)
    local line = debug.getinfo(body, "S").linedefined
    local message = check.raises(body, ...)
    check.equal(message:match("^(.-): ") , ("%s:%d"):format(here, line))
end

check.test("a wrong argument names the function and the script's line", function()
    fails_here(function() network:calibrate() end, "bad argument #1 to 'calibrate' (srq.images expected, got nil)")
    fails_here(function() network:calibrate(network) end, "bad argument #1 to 'calibrate' (srq.images expected, got srq.model)")
    fails_here(function() network.calibrate(1, images) end, "bad argument #1 to 'calibrate' (srq.model expected, got number)")
    fails_here(function() network.calibrate() end, "srq.model expected")
    fails_here(function() q:finetune(4) end, "bad argument #1 to 'finetune'")
    fails_here(function() q.finetune(network, images) end, "bad argument #1 to 'finetune'")
    fails_here(function() network:evaluate() end, "bad argument #1 to 'evaluate' (string expected, got nil)")
    fails_here(function() srq.evaluate() end, "bad argument #1 to 'evaluate'")
    fails_here(function() srq.evaluate(network, {}) end, "bad argument #2 to 'evaluate' (string expected, got table)")
    fails_here(function() srq.load() end, "bad argument #1 to 'load' (string expected, got no value)")
    fails_here(function() srq.load {} end, "bad argument #1 to 'load'")
    fails_here(function() network:save() end, "bad argument #1 to 'save'")
    fails_here(function() image:get(99, 0, 1) end, "bad argument #1 to 'get' (outside the image)")
    fails_here(function() image:set(0, 0, 1, "x") end, "bad argument #4 to 'set' (number expected, got string)")
    fails_here(function() image:set(0, 0, 1, 1.5) end, "bad argument #4 to 'set' (number has no integer representation)")
    fails_here(function() image:resize(-1, 2) end, "bad argument #1 to 'resize' (out of range)")
    fails_here(function() q:bits("*", 4) end, "bad argument #2 to 'bits' (table expected, got number)")
    fails_here(function() q:histograms() end, "bad argument #1 to 'histograms'")
    fails_here(function() srq.sensitivity() end, "bad argument #1 to 'sensitivity' (srq.model expected, got nil)")
    fails_here(function() srq.sensitivity(network, images, 4) end, "options must be a table")
    fails_here(function() srq.image.beside {} end, "no image")
    fails_here(function() network.save(image, "x") end, "bad argument #1 to 'save' (srq.model expected, got srq.image)")
end)

check.test("so does a wrong option, within a coroutine too", function()
    fails_here(function() network:calibrate(images, { bits = 4 }) end, "unknown option 'bits'")
    fails_here(function() network:calibrate(images, 4) end, "options must be a table")
    fails_here(function() q:levels("*", images, print, 4) end, "options must be a table")
    coroutine.wrap(function()
        fails_here(function() network:calibrate(images, { weights = "4" }) end, "must be a whole number")
    end)()
end)

check.test("text with a NUL inside is refused instead of cut", function()
    for _, call in ipairs {
        function() srq.load(samples.network() .. "\0.bak") end, function() image:write(samples.path "cut.png" .. "\0.txt") end,
        function() srq.image.read "a\0b" end, function() srq.images "a\0b" end, function() q:bits("*\0", { weights = 4 }) end,
        function() network:calibrate(images, { quantizer = "plq\0" }) end,
        function() q:finetune(images, { cycle = { "range\0" } }) end,
        function() core.system.list "a\0b" end, function() network:evaluate "a\0b" end,
    } do
        check.raises(call, "NUL inside")
    end
    check.equal(core.system.kind(samples.path "cut.png"), nil)
end)

check.test("messages carry no escape codes of a file's name", function()
    local name = samples.path "a\27[31m\7b\127\194\155c.png"
    local message = check.raises(function() srq.load(name) end, "a\\x1B[31m\\x07b\\x7F\\x9Bc.png")
    check.equal(message:find "%c", nil)
    check.equal(core.system.printable "ä\27\194\133ö\t", "ä\\x1B\\x85ö\\x09")
    local progress = require "srq.progress"
    check.equal(progress.line({ stage = "upscale", epoch = 0, detail = "\27[2J", done = 1, total = 2, seconds = 1 }):find "%c", nil)
end)

check.test("objects tell what they are", function()
    check.equal(tostring(network), "srq.model: EDSR x2, 8 layers, 5699 parameters, float")
    check.equal(tostring(q:quantize()), "srq.model: EDSR x2, 8 layers, 5699 parameters, snapped")
    check.equal(tostring(q:quantize { snapping = false }), "srq.model: EDSR x2, 8 layers, 5699 parameters, quantized")
    check.equal(tostring(q), "srq.quantization: 8 of 8 layers quantized")
    check.equal(tostring(images), "srq.images: 2 patches")
    check.equal(tostring(image), "srq.image: 20 x 16 rgb uint8")
    check.equal(tostring(network:session()), "srq.session: open")
    image:close()
    check.equal(tostring(image), "srq.image: closed")
    local inside
    q:finetune(images, { epochs = 1, progress = function() inside = tostring(q) end })
    check.equal(inside, "srq.quantization: busy")
end)
