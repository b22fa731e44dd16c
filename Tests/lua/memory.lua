-- The collector closes large objects that no script can reach, although each looks like a few bytes to it.

local srq = require "srq"
local check = require "check"
local samples = require "samples"

local function resident()
    local file <close> = assert(io.open "/proc/self/status")
    return tonumber(file:read("a"):match "VmRSS:%s*(%d+)") / 1024
end

-- Makes garbage of `megabytes` MB for each of `count` turns. Returns by how many MB the process grew.
local function growth(count, make)
    collectgarbage()
    local before, most = resident(), 0
    for i = 1, count do
        make(i)
        if i % 8 == 0 then most = math.max(most, resident() - before) end
    end
    collectgarbage()
    return most
end

-- Restores the mode that the host had.
local function in_mode(mode, body)
    local before = collectgarbage(mode)
    local done, message = pcall(body)
    collectgarbage(before)
    if not done then error(message, 0) end
end

local path = samples.path "large.png"
srq.image.create(1500, 1000):write(path)
local network_file = samples.network { name = "wide", blocks = 4, channels = 64, zero = true }

for _, mode in ipairs { "generational", "incremental" } do
    check.test("a loop over pictures keeps a bounded number of them, " .. mode, function()
        in_mode(mode, function()
            -- 200 pictures of 4.5 MB, each kept for three turns, so that it grows old: 900 MB without the collector's help.
            local kept = {}
            local grown = growth(200, function(i) kept[i % 3] = srq.image.read(path) end)
            assert(grown < 300, ("grew by %.0f MB"):format(grown))
        end)
    end)

    check.test("so do copies, crops and rows of pictures, patches and models, " .. mode, function()
        in_mode(mode, function()
            local image = srq.image.read(path)
            local grown = growth(40, function(i)
                if i % 4 == 0 then image:resize(1400, 1000) end
                image:crop(0, 0, 1400, 1000)
                srq.image.beside { image, image }
                srq.images({ image }, { count = 4, patch = 300 })
            end)
            assert(grown < 300, ("pictures and patches: grew by %.0f MB"):format(grown))
            grown = growth(60, function() srq.load(network_file) end)
            assert(grown < 300, ("models: grew by %.0f MB"):format(grown))
        end)
    end)
end

check.test("a collector that is stopped stays so, until memory is missing", function()
    collectgarbage "stop"
    local weak = setmetatable({}, { __mode = "v" })
    for i = 1, 30 do weak[i] = srq.image.create(1500, 1000) end
    local alive = 0
    for i = 1, 30 do alive = alive + (weak[i] and 1 or 0) end
    collectgarbage "restart"
    check.equal(alive, 30)
end)

check.test("memory that garbage holds is no reason to fail", function()
    -- Within 900 MB of address space 250 pictures of 4.5 MB fit only if the collector is asked; it is stopped, so that nothing but
    -- the lack of memory asks it.
    local script = samples.write("garbage.lua", ([[
        local srq = require "srq"
        local image = srq.image.read(%q)
        collectgarbage "stop"
        for i = 1, 250 do srq.image.read(%q) end
        for i = 1, 250 do srq.image.create(1500, 1000) end
        for i = 1, 250 do image:crop(0, 0, 1400, 1000) end
        for i = 1, 30 do image:resize(1400, 900) end
        for i = 1, 60 do srq.images({ image }, { count = 16, patch = 200 }) end
        print "all of them"
    ]]):format(path, path))
    local program = arg[-1]
    local environment = program:find "srq%-lua" and "" or ('LUA_PATH="%s" LUA_CPATH="%s" '):format(package.path, package.cpath)
    local output, _, errors = samples.run(("ulimit -v 900000; %s'%s' '%s'"):format(environment, program, script))
    check.equal(output .. errors, "all of them\n")
end)
