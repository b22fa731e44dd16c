-- This module has the quantized models of an experiment and their scores. They are made once, kept in the run's store, and found
-- there again after a kill.

local core = require "srq.core"
local methods = require "srq.experiment.methods"
local patches = require "srq.experiment.patches"
local srq = require "srq"

local models = {}

-- Returns why the library cannot do this method with this network and setting, or nil where it can. It is tried once.
function models.refusal(run, network, method, setting)
    local name = ("%s at W%dA%d (%s) on %s"):format(method.title, setting.weights, setting.activations, setting.protocol,
        network.name)
    local known = run.refusals[name]
    if known == nil then
        known = methods.refusal(method, network.network, patches.probe(run), setting.weights, setting.activations,
            setting.protocol)
        run.refusals[name] = known or false
        if known then run:note(("%s is left out: %s"):format(name, known)) end
    end
    return known or nil
end

-- Returns everything that decides a quantized model.
local function model_key(run, network, method, setting)
    patches.all(run)
    local calibrate, finetune = methods.options(method, setting.weights, setting.activations, setting.protocol,
        { epochs = run.options.epochs, seed = run.options.seed })
    return {
        kind = "model", network = network.key, calibration = run.calibration_key, calibrate = calibrate,
        finetune = finetune,
    }
end

-- Calibrates and finetunes, and saves the model. Returns the row, which says how long that took. A killed finetuning goes on where
-- it was.
local function quantize(run, network, key)
    local threads = run.options.threads
    local path, state = run.store:path(key, "srq"), run.store:path(key, "state")
    local began = core.system.clock()
    local calibrate = setmetatable({ threads = threads }, { __index = key.calibrate })
    local q <close> = network.network:calibrate(patches.all(run), calibrate)
    local calibrated = core.system.clock()
    if key.finetune then
        q:finetune(patches.all(run), setmetatable({ threads = threads, state = state }, { __index = key.finetune }))
    end
    -- A run that went on from a state counts what it took before.
    local finetuning = q:finetuning()
    -- Beside the paper's numbers stands the paper's method, which knows no integer grid.
    q:quantize({ snapping = false }):save(path)
    os.remove(state)
    return {
        calibrate = calibrated - began, finetune = finetuning and finetuning.seconds or 0, bytes = core.system.size(path),
        resumed = finetuning and finetuning.resumed > 0 and finetuning.resumed or nil,
    }
end

-- Returns {network, key, row, load}. The model itself need not be there as long as its scores are: `load()` gives it, `row` has
-- the seconds that it took. Without a method it is the float network, and there is no row.
function models.model(run, network, method, setting)
    if not method then
        return { network = network, key = { kind = "float", network = network.key }, load = function() return network.network end }
    end
    local key = model_key(run, network, method, setting)
    local row = run.store:get(key, function() return quantize(run, network, key) end)
    local loaded
    local function load()
        if not loaded then
            local path = run.store:path(key, "srq")
            if core.system.kind(path) ~= "file" then quantize(run, network, key) end
            loaded = srq.load(path)
        end
        return loaded
    end
    return { network = network, key = key, row = row, load = load }
end

local function score_key(run, model, set)
    local patch, keep_going = run.options.patch, run.options["keep-going"]
    return { kind = "score", model = model.key, set = set.key, patch = patch > 0 and patch or nil, keep_going = keep_going or nil }
end

-- Returns what srq.evaluate gives for a model and a set. Pictures that were skipped are noted in the run.
function models.score(run, model, set)
    local score = run.store:get(score_key(run, model, set), function()
        local options = { threads = run.options.threads }
        if run.options.patch > 0 then options.patch = run.options.patch end
        if run.options["keep-going"] then options.keep_going = true end
        return srq.evaluate(model.load(), set.path, options)
    end)
    for _, image in ipairs(score.skipped or {}) do run:note("skipped: " .. image.reason) end
    for _, name in ipairs(score.without_ssim or {}) do
        run:note(("%s/%s: too small for the window of MATLAB's SSIM, whose mean leaves it out"):format(set.name, name))
    end
    return score
end

-- Whether the model and all its scores are in the store already, so that they cost no time.
function models.finished(run, network, method, setting)
    local key = method and model_key(run, network, method, setting) or models.model(run, network).key
    if method and not run.store:read(key) then return false end
    for _, set in ipairs(run.sets) do
        if not run.store:read(score_key(run, { key = key }, set)) then return false end
    end
    return true
end

return models
