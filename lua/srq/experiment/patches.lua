-- This module reads the calibration patches of an experiment, once.

local fingerprint = require "srq.experiment.fingerprint"
local folder = require "srq.experiment.folder"
local srq = require "srq"

local patches = {}

-- Returns the patches that every method calibrates and finetunes on. From then on `run.calibration_key` says what decided them.
function patches.all(run)
    if not run.calibration then
        local o = run.options
        run.calibration = srq.images(o.calibration, { count = o.images, patch = o.size, seed = o.seed })
        local path = folder.exists(o.calibration) and o.calibration or o.calibration:match "^(.*)/[^/]*$" or "."
        run.calibration_key = { files = fingerprint.path(path), pattern = o.calibration:match "[^/]*$", count = o.images,
            size = o.size, seed = o.seed }
    end
    return run.calibration
end

-- Returns one small patch, on which a method shows quickly whether the library can do it.
function patches.probe(run)
    local side = math.min(24, run.options.size)
    run.probe_patches = run.probe_patches or srq.images(run.options.calibration, { count = 1, patch = side })
    return run.probe_patches
end

return patches
