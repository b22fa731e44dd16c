-- This module finds the data sets of an experiment, which are folders of PNGs, or of HR/ with LR_xS/ beside it. They are told apart
-- by what they contain.

local command_line = require "srq.experiment.command_line"
local core = require "srq.core"
local fingerprint = require "srq.experiment.fingerprint"
local folder = require "srq.experiment.folder"
local srq = require "srq"

local sets = {}

local function is_set(path)
    if folder.exists(path .. "/HR") then return true end
    for _, name in ipairs(folder.names(path)) do
        if folder.is_picture(name) then return true end
    end
    return false
end

-- Returns {name, path, key} of the set in a folder. Only what is evaluated at this scale decides the key.
local function set_at(path, scale)
    local parts = {}
    for _, name in ipairs { "HR", "LR_x" .. scale } do
        if folder.exists(path .. "/" .. name) then parts[#parts + 1] = fingerprint.path(path .. "/" .. name) end
    end
    if #parts == 0 then parts[1] = fingerprint.path(path) end
    return { name = path:match "([^/]+)/*$", path = path, key = parts }
end

-- Numbers in names count as numbers, so that Set5 comes before Set14.
local function natural(name)
    return (name:gsub("%d+", function(number) return ("%010d"):format(number) end))
end

-- Returns the sets of --data that --sets names, as {name, path, key}: --data is one set or a folder of them.
function sets.find(run, scale)
    local path = run.options.data
    if not folder.exists(path) then error(path .. ": no such folder", 0) end
    if is_set(path) then return { set_at(path, scale) } end
    local found = {}
    for _, name in ipairs(folder.names(path)) do
        local inside = path .. "/" .. name
        if folder.exists(inside) and is_set(inside) then found[#found + 1] = { name = name, path = inside } end
    end
    if #found == 0 then error(path .. ": holds no data set", 0) end
    table.sort(found, function(a, b) return natural(a.name) < natural(b.name) end)
    local list = command_line.chosen("sets", run.options.sets, found, function(one) return one.name end)
    for i, set in ipairs(list) do list[i] = set_at(set.path, scale) end
    return list
end

-- Returns one picture of a set, {name, low, high} with srq images. The low resolution is made from the high one where there is
-- none. `index` counts from 1; beyond the end it means the last.
function sets.pair(run, set, index)
    local scale = run.networks[1].network.scale
    local high_folder = folder.exists(set.path .. "/HR") and set.path .. "/HR" or set.path
    local names = {}
    for _, name in ipairs(folder.names(high_folder)) do
        if folder.is_picture(name) then names[#names + 1] = name:sub(1, -5) end
    end
    local name = names[math.min(index, #names)]
    local low_path = ("%s/LR_x%d/%sx%d.png"):format(set.path, scale, name, scale)
    local high = srq.image.read(("%s/%s.png"):format(high_folder, name))
    local low
    if core.system.kind(low_path) == "file" then
        low = srq.image.read(low_path)
    else
        high = high:crop(0, 0, high.width // scale * scale, high.height // scale * scale)
        low = high:resize(high.width // scale, high.height // scale)
    end
    return { name = name, low = low, high = high:crop(0, 0, low.width * scale, low.height * scale) }
end

return sets
