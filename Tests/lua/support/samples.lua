-- What the tests work on: a folder of its own, a small EDSR with random weights, pictures with edges and colours.

local srq = require "srq"
local core = require "srq.core"

local samples = {}

local folder = os.tmpname()
os.remove(folder)
assert(core.system.make_folder(folder))
samples.folder = folder

function samples.path(name)
    return folder .. "/" .. name
end

function samples.remove()
    os.execute(("rm -rf '%s'"):format(folder))
end

function samples.write(name, text)
    local file = assert(io.open(samples.path(name), "wb"))
    file:write(text)
    file:close()
    return samples.path(name)
end

local function random_weights(state, count, scale)
    local values = {}
    for i = 1, count do
        state.seed = (state.seed * 1103515245 + 12345) % 2147483648
        values[i] = ("<f"):pack((state.seed / 1073741824 - 1) * scale)
    end
    return table.concat(values)
end

-- Writes an EDSR of 2 blocks of 8 channels, ×2, as .safetensors under the names of EDSR-PyTorch. `options`: name (of the file),
-- blocks, channels, scale (2 or 4), zero (weights of 0, which cost no time).
function samples.network(options)
    options = options or {}
    local blocks, channels = options.blocks or 2, options.channels or 8
    local state, tensors, header, offset = { seed = 1 }, {}, {}, 0
    local function add(name, dimensions, bytes)
        header[#header + 1] = ('"%s":{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}'):format(
            name, table.concat(dimensions, ","), offset, offset + #bytes)
        tensors[#tensors + 1], offset = bytes, offset + #bytes
    end
    local function convolution(name, inputs, outputs)
        local function values(count, scale)
            return options.zero and ("\0\0\0\0"):rep(count) or random_weights(state, count, scale)
        end
        add(name .. ".weight", { outputs, inputs, 3, 3 }, values(outputs * inputs * 9, (inputs * 9) ^ -0.5))
        add(name .. ".bias", { outputs }, values(outputs, 0.1))
    end
    local function mean_shift(name, sign)
        local identity = {}
        for i = 0, 8 do identity[#identity + 1] = ("<f"):pack(i % 4 == 0 and 1 or 0) end
        add(name .. ".weight", { 3, 3, 1, 1 }, table.concat(identity))
        add(name .. ".bias", { 3 }, ("<fff"):pack(sign * 114.444, sign * 111.4605, sign * 103.02))
    end
    mean_shift("sub_mean", -1)
    convolution("head.0", 3, channels)
    for block = 0, blocks - 1 do
        convolution(("body.%d.body.0"):format(block), channels, channels)
        convolution(("body.%d.body.2"):format(block), channels, channels)
    end
    convolution("body." .. blocks, channels, channels)
    for step = 0, options.scale == 4 and 1 or 0 do convolution(("tail.0.%d"):format(2 * step), channels, 4 * channels) end
    convolution("tail.1", channels, 3)
    mean_shift("add_mean", 1)
    local text = "{" .. table.concat(header, ",") .. "}"
    text = text .. (" "):rep(-#text % 8)
    return samples.write((options.name or "network") .. ".safetensors", ("<I8"):pack(#text) .. text .. table.concat(tensors))
end

-- Makes a picture of smooth colours with a dark square in it.
function samples.picture(width, height, options)
    local image = srq.image.create(width, height, options)
    local channels = #image.format == 4 and image.format ~= "gray" and 4 or image.format == "gray" and 1 or 3
    if image.format == "gray_alpha" then channels = 2 end
    local white = image.type == "uint8" and 255 or image.type == "uint16" and 65535 or 1
    for y = 0, height - 1 do
        for x = 0, width - 1 do
            local dark = x > width // 3 and x < width // 2 and y > height // 3
            for channel = 1, channels do
                local value = dark and 0.1 or (0.2 + 0.6 * ((x * channel + y * 2) % width) / width)
                image:set(x, y, channel, image.type == "float32" and value or math.floor(value * white))
            end
        end
    end
    return image
end

-- Makes a folder of low resolution pictures for calibration; returns its pattern.
function samples.pictures()
    core.system.make_folder(samples.path "low")
    for i = 1, 3 do
        samples.picture(20 + i, 24):write(samples.path("low/picture" .. i .. ".png"))
    end
    return samples.path "low/*.png"
end

-- Makes a folder of high resolution pictures to evaluate on.
function samples.references()
    core.system.make_folder(samples.path "set/HR")
    for i = 1, 2 do
        samples.picture(40, 32 + 2 * i):write(samples.path("set/HR/picture" .. i .. ".png"))
    end
    return samples.path "set"
end

-- Runs a shell command; returns what it printed, its exit code and what it wrote to stderr.
function samples.run(command)
    local errors = samples.path "errors"
    local pipe = assert(io.popen(("%s 2> '%s'"):format(command, errors)))
    local output = pipe:read "a"
    local _, _, code = pipe:close()
    local file <close> = assert(io.open(errors))
    return output, code, file:read "a"
end

return samples
