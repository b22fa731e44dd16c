-- This module reads and writes JSON, in which recipes and finished rows are kept. null becomes nil; objects and arrays become
-- tables.

local core = require "srq.core"

local json = {}

local literals = { ["true"] = true, ["false"] = false }
local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function fail(position, message)
    error(("JSON, byte %d: %s"):format(position, message), 0)
end

local function skip(text, position)
    return text:find("[^ \t\r\n]", position) or #text + 1
end

-- Replaces escapes by what they stand for. JSON writes a character beyond the first 65536 as two escapes, a surrogate pair.
local function unescape(raw, position)
    local high
    return (raw:gsub("\\(.)(%x?%x?%x?%x?)", function(letter, digits)
        if letter ~= "u" then return (escapes[letter] or fail(position, "unknown escape \\" .. letter)) .. digits end
        local code = #digits == 4 and tonumber(digits, 16) or fail(position, "\\u without four digits")
        if code & 0xFC00 == 0xD800 then
            high = code
            return ""
        end
        if high and code & 0xFC00 == 0xDC00 then code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 end
        high = nil
        return utf8.char(code)
    end))
end

local function read_string(text, position)
    local from = position + 1
    while true do
        local at = text:find('["\\%c]', from) or fail(position, "string without an end")
        local byte = text:sub(at, at)
        if byte == '"' then return unescape(text:sub(position + 1, at - 1), position), at + 1 end
        if byte ~= "\\" then fail(at, "control character in a string") end
        from = at + 2
    end
end

local read_value

-- Reads items with commas between them until `close`. `item` reads one at a position and returns the position behind it, as
-- this function does for the whole list.
local function read_list(text, position, close, item)
    position = skip(text, position + 1)
    if text:sub(position, position) == close then return position + 1 end
    while true do
        position = skip(text, item(position))
        local byte = text:sub(position, position)
        if byte == close then return position + 1 end
        if byte ~= "," then fail(position, "expected ',' or '" .. close .. "'") end
        position = skip(text, position + 1)
    end
end

local function read_array(text, position, depth)
    local array, count = {}, 0
    return array, read_list(text, position, "]", function(at)
        local value, after = read_value(text, at, depth)
        count = count + 1
        array[count] = value
        return after
    end)
end

local function read_object(text, position, depth)
    local object = {}
    return object, read_list(text, position, "}", function(at)
        if text:sub(at, at) ~= '"' then fail(at, "expected a name") end
        local name, after = read_string(text, at)
        after = skip(text, after)
        if text:sub(after, after) ~= ":" then fail(after, "expected ':'") end
        object[name], after = read_value(text, skip(text, after + 1), depth)
        return after
    end)
end

function read_value(text, position, depth)
    if depth > 100 then fail(position, "nested too deeply") end
    local byte = text:sub(position, position)
    if byte == '"' then return read_string(text, position) end
    if byte == "{" then return read_object(text, position, depth + 1) end
    if byte == "[" then return read_array(text, position, depth + 1) end
    local word = text:match("^%a+", position)
    if word == "null" then return nil, position + 4 end
    if word and literals[word] ~= nil then return literals[word], position + #word end
    local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", position)
    local value = number and tonumber(number) or fail(position, "expected a value")
    return value, position + #number
end

json.decode = core.plain(function(text)
    local value, position = read_value(text, skip(text, 1), 0)
    position = skip(text, position)
    if position <= #text then fail(position, "unexpected text after the value") end
    return value
end)

local function encode_string(text)
    return '"' .. text:gsub('[%c"\\]', function(letter) return ("\\u%04x"):format(letter:byte()) end) .. '"'
end

local function encode_number(value)
    if value ~= value then return "null" end
    if value == math.huge then return "1e999" end -- This is read back as infinity, the PSNR of equal pictures.
    if value == -math.huge then return "-1e999" end
    return math.type(value) == "integer" and ("%d"):format(value) or ("%.17g"):format(value)
end

local encoders

local function encode(value, depth)
    local encoder = encoders[type(value)] or error(("JSON: a %s cannot be written"):format(type(value)), 0)
    if depth > 100 then error("JSON: nested too deeply, or in itself", 0) end
    return encoder(value, depth)
end

local function encode_table(value, depth)
    local parts = {}
    if #value > 0 then
        for i, element in ipairs(value) do parts[i] = encode(element, depth + 1) end
        return "[" .. table.concat(parts, ",") .. "]"
    end
    for name, member in pairs(value) do
        if type(name) ~= "string" then error(("JSON: '%s' is no name"):format(tostring(name)), 0) end
        parts[#parts + 1] = encode_string(name) .. ":" .. encode(member, depth + 1)
    end
    table.sort(parts)
    return "{" .. table.concat(parts, ",") .. "}"
end

encoders = { string = encode_string, number = encode_number, boolean = tostring, table = encode_table }

-- Returns the text of a value. Members are sorted by name, so equal tables give equal texts. An empty table becomes an object.
json.encode = core.plain(function(value)
    return encode(value, 0)
end)

return json
