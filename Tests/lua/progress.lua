local srq = require "srq"
local check = require "check"
local progress = require "srq.progress"
local samples = require "samples"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 4, patch = 16 })

check.test("a callback sees the work from the first step to the last", function()
    local last, stages = 0, {}
    local function watch(p)
        check.equal(p.done > last, true)
        check.equal(p.done <= p.total, true)
        check.equal(type(p.seconds), "number")
        check.equal(type(p.detail), "string")
        last, stages[p.stage] = p.done == p.total and 0 or p.done, true
    end
    local q = network:calibrate(images, { batch = 2, progress = watch })
    check.equal(last, 0)
    q:finetune(images, { epochs = 2, progress = function(p)
        watch(p)
        check.equal(p.epoch >= 1 and p.epoch <= 2, true)
        check.equal(type(p.loss), "number")
    end })
    srq.evaluate(network, samples.references(), { progress = watch })
    check.equal(stages.calibrate and stages.finetune and stages.evaluate, true)
end)

check.test("returning false cancels, and nothing else does", function()
    local q = network:calibrate(images, { progress = function() return nil end })
    local calls = 0
    check.raises(function()
        q:finetune(images, { progress = function()
            calls = calls + 1
            return calls < 3
        end })
    end, "cancel")
    check.equal(calls, 3)
end)

check.test("a cancelled finetuning leaves the quantization as it was", function()
    local q = network:calibrate(images)
    local before = q:layers()
    pcall(q.finetune, q, images, { epochs = 5, progress = function(p) return p.epoch < 4 end })
    for i, layer in ipairs(q:layers()) do
        for key, value in pairs(layer) do check.equal(value, before[i][key]) end
    end
end)

check.test("an error in a callback is raised again as it was, with any value", function()
    local thrown = {}
    local done, caught = pcall(network.calibrate, network, images, { progress = function() error(thrown) end })
    check.equal(done, false)
    check.equal(caught, thrown)
    check.raises(function() network:calibrate(images, { progress = function() local x = nil; return x.y end }) end,
        "attempt to index a nil value")
end)

check.test("a callback cannot close or change what is at work", function()
    local q = network:calibrate(images)
    local function during(body) return function() q:finetune(images, { progress = body }) end end
    check.raises(during(function() q:close() end), "close a srq.quantization while a call on it is running")
    check.raises(during(function() images:close() end), "close a srq.images while a call on it is running")
    check.raises(during(function() q:bits("*", { weights = 6 }) end), "use a srq.quantization while a call on it is running")
    check.raises(during(function() q:finetune(images) end), "use a srq.quantization while a call on it is running")
    q:close()
end)

check.test("a callback may use the library for other work", function()
    local inner
    network:calibrate(images, { progress = function()
        inner = inner or network:calibrate(images, { progress = false })
    end })
    check.equal(#inner:layers(), 8)
end)

check.test("a callback cannot yield across the library, and says so", function()
    local thread = coroutine.wrap(function()
        return pcall(network.calibrate, network, images, { progress = coroutine.yield })
    end)
    local done, message = thread()
    check.equal(done, false)
    check.equal(message:match "yield" ~= nil, true)
end)

check.test("work inside a coroutine reports there", function()
    local count = 0
    coroutine.wrap(function() network:calibrate(images, { progress = function() count = count + 1 end }) end)()
    check.equal(count > 0, true)
end)

local function step(fields)
    local p = { stage = "finetune", detail = "range", epoch = 2, done = 30, total = 100, loss = 0.5, seconds = 60 }
    for key, value in pairs(fields or {}) do p[key] = value end
    return p
end

check.test("a line has the stage, how far it is and the time left", function()
    check.equal(progress.line(step()), "finetune epoch 2 range: 30 of 100, 2:20 left, loss 0.5")
    check.equal(progress.line(step { done = 100, seconds = 3725, loss = false }), "finetune epoch 2 range: 100 of 100, in 1:02:05")
    check.equal(progress.line(step { done = 0, total = 0, loss = false, epoch = 0, detail = "" }), "finetune: 0 of 0, in 1:00")
end)

check.test("a bar fits into the terminal", function()
    check.equal(progress.bar(step { loss = false }, 60), "finetune epoch 2 range [#####--------------]  30% 2:20 left")
    for columns = 10, 200 do
        check.equal(#progress.bar(step(), columns) < columns, true)
    end
end)
