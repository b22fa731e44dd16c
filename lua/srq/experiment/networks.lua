-- This module finds the networks of an experiment in a file or folder and loads them. They are told apart by what their files
-- contain.

local command_line = require "srq.experiment.command_line"
local fingerprint = require "srq.experiment.fingerprint"
local folder = require "srq.experiment.folder"
local srq = require "srq"

local networks = {}

local function network_files(path)
    if not folder.exists(path) then return { path } end
    local files = {}
    for _, name in ipairs(folder.names(path)) do
        if name:match "%.pth$" or name:match "%.pt$" or name:match "%.safetensors$" then files[#files + 1] = path .. "/" .. name end
    end
    if #files == 0 then error(path .. ": no .pth, .pt or .safetensors file in this folder", 0) end
    return files
end

-- Returns {name, file, architecture, network, key}, or nothing where the file is trouble that the run goes on from.
local function load_network(run, file)
    local name = file:match("[^/]*$"):gsub("%.%w+$", "")
    local tanh = false
    for _, one in ipairs(command_line.split(run.options.tanh)) do tanh = tanh or one == name end
    local loaded, network = pcall(srq.load, file, { tanh = tanh })
    if not loaded then return run:trouble((tostring(network):gsub("^[^:]*:%d+: ", ""))) end
    return {
        name = name, file = file, architecture = network.architecture, network = network,
        key = { file = fingerprint.file(file), tanh = tanh },
    }
end

-- Returns the networks whose architecture is in the list `wanted`. An architecture that none has is noted in the run.
function networks.find(run, wanted)
    local path = run.options.models ~= "" and run.options.models or command_line.examples .. "models/edsr_compact_x4.pth"
    local found = {}
    for _, file in ipairs(network_files(path)) do found[#found + 1] = load_network(run, file) end
    local list = command_line.chosen(nil, wanted, found, function(one) return one.architecture end)
    if #list == 0 then error(("%s: holds no network of %s"):format(path, wanted), 0) end
    for _, name in ipairs(wanted == "all" and {} or command_line.split(wanted)) do
        local there = false
        for _, one in ipairs(list) do there = there or one.architecture == name end
        if not there then run:note(("no %s among the networks: its rows are left out"):format(name)) end
    end
    return list
end

return networks
