-- Writes what fuzzing begins with, one folder a reader, below the folder that is the first argument; a second one is a folder for
-- the small network and pictures of the Lua tests, which are made for it.

package.path = "Tests/lua/support/?.lua;" .. package.path
local srq = require "srq"
local samples = require "samples"
local out = assert(arg[1], "a folder is missing")

local function copy(from, to)
    local source = assert(io.open(from, "rb"))
    local target = assert(io.open(to, "wb"))
    target:write(source:read "a")
    source:close()
    target:close()
end

local function folder(name)
    assert(os.execute(("mkdir -p '%s/%s'"):format(out, name)))
    return ("%s/%s/"):format(out, name)
end

local function list(pattern)
    local names = {}
    for name in io.popen("ls " .. pattern .. " 2> /dev/null"):lines() do names[#names + 1] = name end
    return names
end

-- Saves a model without its checksum, which mutated bytes would never get past; files of the first versions have none.
local function save(model, path)
    model:save(path)
    local file = assert(io.open(path, "rb"))
    local bytes = file:read "a"
    file:close()
    local length = ("<I8"):unpack(bytes)
    local header = bytes:sub(9, 8 + length):gsub('"checksum":"%x*",', ""):gsub(',"checksum":"%x*"', "")
    file = assert(io.open(path, "wb"))
    file:write(("<I8"):pack(#header), header, bytes:sub(9 + length))
    file:close()
    srq.load(path)
end

local network = samples.network { blocks = 1, channels = 4 }
samples.pictures()
local loaded = srq.load(network)
local images = srq.images(samples.path "low", { count = 2, patch = 16 })

for i, path in ipairs(list "Tests/CheckpointsTests/Golden/*zip*.pth Tests/CheckpointsTests/Golden/*.pt") do
    copy(path, folder "zip" .. i)
end
for i, path in ipairs(list "Tests/CheckpointsTests/Golden/*legacy.pth") do copy(path, folder "legacy" .. i) end
for i, path in ipairs(list "Tests/CheckpointsTests/Golden/*.pickle") do copy(path, folder "pickle" .. "plain" .. i) end
-- The pickles of zip archives, which `unzip` knows best.
for i, path in ipairs(list "Tests/CheckpointsTests/Golden/*.pth") do
    os.execute(("unzip -p '%s' '*/data.pkl' > '%s%d' 2> /dev/null"):format(path, folder "pickle", i))
end
copy(network, folder "safetensors" .. "network")
for i, path in ipairs(list "Tests/SuperResolutionTests/Golden/*.srq") do copy(path, folder "srq" .. "golden" .. i) end
for _, quantizer in ipairs { "minmax", "plq", "ptq4sr", "adabm" } do
    local model = loaded:calibrate(images, { quantizer = quantizer, progress = false }):quantize()
    save(model, folder "srq" .. quantizer)
    save(model, folder "upscale" .. quantizer)
end
copy(network, folder "upscale" .. "network")
for i, path in ipairs(list(("'%s'/*.png"):format(samples.path "low"))) do copy(path, folder "png" .. i) end
samples.remove()
