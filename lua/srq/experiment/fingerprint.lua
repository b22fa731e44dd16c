-- A fingerprint says in 16 hexadecimal digits what a file or folder contains: equal contents give equal ones, wherever they lie.
-- It is no cryptographic hash.

local core = require "srq.core"

local fingerprint = {}

-- This is the prime of the FNV-1a hash for 64 bits. Here it multiplies words of 8 bytes where that hash takes single ones, which
-- would be too slow for large files.
local prime = 0x100000001b3

local words_at_once = 64
local many_words = "<" .. ("i8"):rep(words_at_once)

local function mix(state, ...)
    for i = 1, words_at_once do
        state = (state ~ (select(i, ...))) * prime
        state = state ~ (state >> 29)
    end
    return state
end

local function hash(state, text)
    local position = 1
    while #text - position >= words_at_once * 8 do
        state = mix(state, many_words:unpack(text, position))
        position = position + words_at_once * 8
    end
    for i = position, #text do state = (state ~ text:byte(i)) * prime end
    state = (state ~ #text) * prime
    return state ~ (state >> 32)
end

local function digits(state)
    return ("%016x"):format(state)
end

local start = math.tointeger(-0x340d631b7bdddcdb)

function fingerprint.text(text)
    return digits(hash(start, text))
end

function fingerprint.file(path)
    local file <close>, message = io.open(path, "rb")
    if not file then error(message, 0) end
    local state = start
    for block in file:lines(1 << 20) do state = hash(state, block) end
    return digits(state)
end

-- Returns the fingerprint of a folder: of the names and contents of all files in it and in the folders below. The path of a file
-- gives that file's.
function fingerprint.path(path)
    if core.system.kind(path) ~= "folder" then return fingerprint.file(path) end
    local names = assert(core.system.list(path))
    table.sort(names)
    local parts = {}
    for i, name in ipairs(names) do parts[i] = name .. "=" .. fingerprint.path(path .. "/" .. name) end
    return fingerprint.text(table.concat(parts, "\n"))
end

return fingerprint
