local srq = require "srq"
local check = require "check"
local samples = require "samples"

local network_path = samples.network()
local network = srq.load(network_path)
local images = srq.images(samples.pictures(), { count = 4, patch = 16 })

local function ranges(q)
    local text = {}
    for i, layer in ipairs(q:layers()) do
        text[i] = ("%s %s %s %s %s"):format(layer.name, layer.lower, layer.upper, layer.breakpoint, layer.weight_bound)
    end
    return table.concat(text, "\n")
end

check.test("calibration gives every body layer a range and a breakpoint", function()
    local q = network:calibrate(images, { weights = 4, activations = 4, quantizer = "plq", protocol = "full", batch = 2 })
    local layer = q:layers()[2]
    check.equal(layer.quantizer, "plq")
    check.equal(layer.weight_bits, 4)
    check.equal(layer.activation_bits, 4)
    check.equal(layer.lower < layer.upper, true)
    check.equal(layer.breakpoint > 0, true)
    check.equal(layer.weight_bound > 0, true)
    check.equal(layer.deviation > 0, true)
end)

check.test("bits go to the layers that a pattern matches", function()
    local q = network:calibrate(images, { weights = 4, activations = 4 })
    check.equal(q:bits("body.1.*", { activations = 6 }), nil)
    for _, layer in ipairs(q:layers()) do
        if layer.role == "body" then
            check.equal(layer.activation_bits, layer.name:match "^body%.1%." and 6 or 4)
            check.equal(layer.weight_bits, 4)
        end
    end
end)

check.test("32 bits mean float on that side, and other bits bring it back", function()
    local q = network:calibrate(images)
    local before = ranges(q)
    q:bits("*", { weights = 32, activations = 32 })
    q:bits("body.1.*", { activations = 4 })
    for _, layer in ipairs(q:layers()) do
        local alone = layer.name:match "^body%.1%."
        check.equal(layer.weight_bits, 32)
        check.equal(layer.weight_bound, nil)
        check.equal(layer.activation_bits, alone and 4 or 32)
        check.equal(layer.quantizer, alone and "plq" or nil)
        check.equal(layer.upper ~= nil, alone ~= nil)
    end
    check.equal(q:quantize().quantized, true)
    q:bits("*", { weights = 4, activations = 4 })
    q:bits("head.0", { weights = 8, activations = 8 })
    q:bits("tail.*", { weights = 8, activations = 8 })
    check.equal(ranges(q), before)
end)

check.test("a pattern without a match is an error that names it and changes nothing", function()
    local q = network:calibrate(images)
    local before = ranges(q)
    check.raises(function() q:bits("bodi.*", { weights = 6 }) end, "bodi.*")
    check.equal(ranges(q), before)
end)

check.test("bits that a quantizer cannot work with are an error", function()
    check.raises(function() network:calibrate(images, { weights = 1 }) end, "1")
    check.raises(function() network:calibrate(images, { activations = 9, quantizer = "minmax" }) end, "9")
    check.raises(function() network:calibrate(images, { activations = 2, quantizer = "plq" }) end, "3")
    check.raises(function() network:calibrate(images):bits("body.*", { weights = 9 }) end, "9")
    check.raises(function() network:calibrate(images):bits("body.*") end)
end)

check.test("an unknown quantizer, protocol, breakpoint or group is named", function()
    check.raises(function() network:calibrate(images, { quantizer = "best" }) end, "best")
    check.raises(function() network:calibrate(images, { protocol = "half" }) end, "half")
    check.raises(function() network:calibrate(images, { breakpoint = "guess" }) end, "guess")
    check.raises(function() network:calibrate(images):finetune(images, { cycle = { "weights", "levels" } }) end, "levels")
end)

check.test("finetuning takes everything a script may set and gives the quantization itself", function()
    local q = network:calibrate(images)
    local before = ranges(q)
    local same = q:finetune(images, {
        method = "saft", lambda = 5, epochs = 2, batch = 2, lr = { weights = 1e-2, range = 1e-2, breakpoint = 1e-3 }, decay = 0.9,
        cycle = { "range", "weights" }, terms = { reconstruction = true, sensitivity = false }, temperature = 2, relative = false,
        seed = 4, threads = 1,
    })
    check.equal(same, q)
    check.equal(ranges(q) ~= before, true)
end)

check.test("finetuning can go on integers, which moves the same parameters to about the same place", function()
    local function tuned(how)
        how.method, how.epochs, how.relative, how.lr = "saft", 2, true, 1e-2
        return network:calibrate(images):finetune(images, how)
    end
    local float, integers = tuned { snapping = true }, tuned { integers = true }
    check.equal(ranges(float) ~= ranges(network:calibrate(images)), true)
    for index, layer in ipairs(integers:layers()) do
        check.near(layer.weight_bound, float:layers()[index].weight_bound, 0.01 * layer.weight_bound)
    end
    check.raises(function()
        network:calibrate(images, { quantizer = "adabm" }):finetune(images, { method = "adabm", integers = true })
    end, "snapping")
end)

check.test("everything can be trained at once, the network's own weights among it", function()
    local q = network:calibrate(images, { quantizer = "mse", per_channel = true })
    local details = {}
    q:finetune(images, {
        method = "srq", epochs = 1, patch = 8, drop = 0.25, lr = { latent = 0.01, biases = 0.01 },
        progress = function(p) details[#details + 1] = p.detail end,
    })
    check.equal(details[1], "weights+range+biases+latent")
    local tuned = q:quantize():recipe_table().finetuning[1]
    check.equal(tuned.student, "free")
    check.equal(tuned.patch, 8)
    check.near(tuned.drop, 0.25, 1e-6)
    check.near(tuned.learning_rates.latent, 0.01, 1e-6)
    q = network:calibrate(images):finetune(images, { cycle = { "range+biases", "weights" }, student = "rounding", epochs = 2 })
    check.equal(table.concat(q:quantize():recipe_table().finetuning[1].cycle, " "), "range+biases weights")
    for options, text in pairs {
        [{ cycle = "range+latent" }] = 'student = "free"', [{ student = "fixed" }] = "unknown 'fixed'",
        [{ drop = 1 }] = "drop", [{ drop = 0.5, integers = true }] = "integers",
    } do
        check.raises(function() network:calibrate(images):finetune(images, options) end, text)
    end
end)

check.test("a preset calibrates, finetunes and quantizes in one call", function()
    local stages = {}
    local function watch(p) stages[p.stage] = p.total end
    local model = network:ptq(images, { preset = "srq", weights = 4, activations = 5, steps = 3, progress = watch })
    check.equal(model.quantized and model.snapped, true)
    local recipe = model:recipe_table()
    check.equal(recipe.weights, 4)
    check.equal(recipe.activations, 5)
    check.equal(recipe.finetuning[1].method, "srq")
    check.equal(recipe.finetuning[1].student, "free")
    check.equal(stages.calibrate > 0 and stages.finetune >= 3, true)
    local paper = network:ptq(images, { preset = "paper", steps = 1, snapping = false, protocol = "body" })
    check.equal(paper.snapped, false)
    check.equal(paper:recipe_table().quantizer, "plq")
    check.equal(paper:recipe_table().protocol, "body")
    check.equal(paper:recipe_table().finetuning[1].method, "saft")
    check.raises(function() network:ptq(images, { state = "" }) end, "state_path", "is empty")
    local calibrated = 0
    local function count() calibrated = calibrated + 1 end
    check.raises(function() network:ptq(images, { state = samples.path "no/such/state", progress = count }) end, "no/such")
    check.raises(function() network:ptq(images, { state = network_path, progress = count }) end, "would replace")
    check.equal(calibrated, 0)
    check.raises(function() network:ptq(images, { preset = "best" }) end, "preset", "paper, srq")
    check.raises(function() network:ptq(images, { weights = 9 }) end, "9 bits")
    check.raises(function() network:ptq(images, { preset = "paper", activations = 2 }) end, "3")
    check.raises(function() model:ptq(images) end, "quantized already")
    check.raises(function() network:ptq(images, { progress = function(p) return p.stage ~= "finetune" end }) end, "cancelled")
end)

check.test("AdaBM's bits depend on layers, and its finetuning moves them by defaults of its own", function()
    local q = network:calibrate(images, { quantizer = "adabm" })
    local measures = 0
    for _, layer in ipairs(q:layers()) do
        check.equal((layer.measure ~= nil), layer.role ~= "edge")
        if layer.measure then
            measures = measures + 1
            check.equal(layer.activation_bits, 4 + layer.measure)
        end
    end
    check.equal(measures > 0, true)
    check.equal(network:calibrate(images):layers()[2].measure, nil)
    local groups = {}
    q:finetune(images, { method = "adabm", epochs = 3, progress = function(p) groups[p.epoch] = p.detail end })
    check.equal(table.concat(groups, " "), "weights range measures")
    local tuned = q:quantize():recipe_table().finetuning[1]
    check.equal(tuned.method, "adabm")
    check.near(tuned.learning_rates.image, 0.1, 1e-6)
    check.near(tuned.learning_rates.range, 0.01, 1e-6)
end)

check.test("the same seed gives the same ranges", function()
    local first = network:calibrate(images, { threads = 1 })
    local second = network:calibrate(images, { threads = 2 })
    check.equal(ranges(first), ranges(second))
    first:finetune(images, { epochs = 2, seed = 9, threads = 1 })
    second:finetune(images, { epochs = 2, seed = 9, threads = 2 })
    check.equal(ranges(first), ranges(second))
end)

check.test("ptq4sr sets its own schedule, which other options refine", function()
    local q = network:calibrate(images, { quantizer = "ptq4sr" })
    local groups = {}
    q:finetune(images, {
        method = "ptq4sr", epochs = 6, terms = { attention = 5 },
        progress = function(p) groups[p.epoch] = p.detail end,
    })
    check.equal(table.concat(groups, " "), "range range range range range weights")
    local done = q:quantize():recipe_table()
    check.equal(done.weight_range, "minmax")
    check.equal(done.per_channel, true)
    check.equal(done.finetuning[1].method, "ptq4sr")
    check.equal(done.finetuning[1].schedule, "cosine")
    check.equal(done.finetuning[1].attention, 5)
    check.equal(done.finetuning[1].sensitivity, false)
end)

check.test("percentile, mse and ptq4sr calibrate with the ranges they are asked for", function()
    local p1 = network:calibrate(images, { quantizer = "percentile" }):layers()
    local p5 = network:calibrate(images, { quantizer = "percentile", range_percentile = 95, weight_range = "max" }):layers()
    for i, layer in ipairs(p1) do
        check.equal(layer.quantizer, "percentile")
        check.equal(layer.upper > p5[i].upper, true)
        check.equal(layer.weight_bound < p5[i].weight_bound, true)
    end
    check.equal(network:calibrate(images, { quantizer = "mse", weight_range = "mse-signed" }):layers()[2].quantizer, "mse")
    local q = network:calibrate(images, { quantizer = "ptq4sr", clipped_share = 5e-4, clipped_share_8bit = 0 })
    check.equal(q:quantize():recipe_table().weight_range, "minmax")
    check.raises(function() network:calibrate(images, { weight_range = "widest" }) end, "widest")
    check.raises(function() network:calibrate(images, { range_percentile = 40 }) end, "range_percentile")
end)

check.test("wrong values for method, lr, cycle and terms name their key", function()
    local q = network:calibrate(images)
    for key, values in pairs { method = { "qat", 1 }, lr = { "fast", true }, cycle = { 1, { 2 }, { {} } }, terms = { true, 1 } } do
        for _, value in ipairs(values) do
            check.raises(function() q:finetune(images, { [key] = value }) end, "option '" .. key .. "' must be")
        end
    end
    check.raises(function() q:finetune(images, { terms = { sensitivity = 1 } }) end, "option 'sensitivity' must be true or false")
end)

check.test("finetuning resumes from its state file", function()
    local whole, parts = network:calibrate(images), network:calibrate(images)
    local state = samples.path "finetune.state"
    whole:finetune(images, { epochs = 3 })
    local cancelled = pcall(parts.finetune, parts, images, {
        epochs = 3, state = state, progress = function(p) return p.epoch < 3 end,
    })
    check.equal(cancelled, false)
    local resumed = 0
    parts:finetune(images, { epochs = 3, state = state, progress = function(p) resumed = resumed == 0 and p.epoch or resumed end })
    check.equal(resumed, 3)
    check.equal(ranges(parts), ranges(whole))
    check.equal(parts:quantize().recipe, whole:quantize().recipe) -- The interruption leaves no trace in the model,
    local once, twice = whole:finetuning(), parts:finetuning() -- but the call tells it.
    check.equal(once.epochs .. " " .. once.resumed, "3 0")
    check.equal(twice.epochs .. " " .. twice.resumed, "3 2")
    check.equal(once.seconds > 0 and twice.seconds > 0, true)
    check.equal(network:calibrate(images):finetuning(), nil)
end)

check.test("a state of another run is refused, and what differs is named", function()
    local state = samples.path "other.state"
    network:calibrate(images):finetune(images, { epochs = 2, state = state })
    for word, options in pairs {
        ["lambda is 4"] = { lambda = 4 }, ["seed is 2"] = { seed = 2 }, ["lr.range is 0.5"] = { lr = { range = 0.5 } },
        ["2 epochs, but 1"] = { epochs = 1 },
    } do
        local asked = { epochs = 2, state = state }
        for key, value in pairs(options) do asked[key] = value end
        check.raises(function() network:calibrate(images):finetune(images, asked) end, state, word)
    end
    local other = srq.load(network_path, { res_scale = 0.5 })
    check.raises(function() other:calibrate(images):finetune(images, { epochs = 2, state = state }) end, "multiply")
    check.raises(function() network:calibrate(images):finetune(images, { state = "" }) end, "state", "is empty")
    check.raises(function() network:calibrate(images):finetune(images, { state = samples.path "no/such/state" }) end, "no/such")
    check.raises(function() network:calibrate(images):finetune(images, { state = network_path }) end, "would replace")
end)

check.test("snapping is asked for each time a model is frozen, saved with it, and told", function()
    local q = network:calibrate(images)
    q:set_levels("head.0", { 0, 100, 200 })
    local before = ranges(q)
    local snapped, plain = q:quantize(), q:quantize { snapping = false }
    check.equal(snapped.snapped, true)
    check.equal(plain.snapped, false)
    check.equal(network.snapped, false)
    check.equal(snapped:recipe_table().snapping, true)
    check.equal(plain:recipe_table().snapping, nil)
    check.equal(ranges(q), before)
    check.equal(ranges(plain), before)
    check.equal(ranges(snapped) ~= before, true)
    check.equal(snapped:layers()[1].in_float ~= nil, true)
    check.equal(snapped:layers()[2].in_float, nil)
    check.equal(plain:layers()[1].in_float, nil)
    check.equal(snapped:layers()[1].arithmetic, "float")
    check.equal(({ gaussian = true, winograd = true, wide = true, narrow = true })[
        snapped:layers()[2].arithmetic:match "%a+"
    ], true)
    check.equal(plain:layers()[1].arithmetic, nil)
    snapped:session { arithmetic = "wide" }:close()
    snapped:session { arithmetic = "" }:close()
    check.raises(function() snapped:session { arithmetic = "winograd" } end, "layer body", "not winograd: ")
    check.raises(function() plain:session { arithmetic = "wide" } end, "arithmetic: wide is for layers in whole numbers")
    check.raises(function() snapped:session { arithmetic = "fast" } end, "fast", "gaussian, winograd, narrow, wide")
    check.equal(ranges(plain:snap()), ranges(snapped))
    check.equal(ranges(snapped:snap()), ranges(snapped))
    check.raises(function() network:snap() end, "float")
    local path = samples.path "snapped.srq"
    snapped:save(path)
    local loaded = srq.load(path)
    check.equal(loaded.snapped, true)
    check.equal(ranges(loaded), ranges(snapped))
    local cost = q:snapping_cost(samples.references(), { progress = false })
    check.equal(cost.free, plain:evaluate(samples.references(), { progress = false }).psnr)
    check.equal(cost.snapped, snapped:evaluate(samples.references(), { progress = false }).psnr)
    check.equal(cost.cost, cost.free - cost.snapped)
    check.raises(function() q:quantize { snapping = 1 } end, "option 'snapping' must be true or false")
    check.raises(function() q:quantize { snap = true } end, "unknown option 'snap' (known: snapping)")
end)

check.test("a quantized model is frozen: later changes do not reach it", function()
    local q = network:calibrate(images)
    local model = q:quantize()
    q:bits("body.*", { weights = 7 })
    check.equal(model:layers()[2].weight_bits, 4)
end)
