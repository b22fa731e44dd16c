-- Reading JSON, for recipes. null becomes nil; objects and arrays become tables.

local json = {}

local literals = { ["true"] = true, ["false"] = false }
local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local function fail(position, message)
    error(("JSON, byte %d: %s"):format(position, message), 0)
end

local function skip(text, position)
    return text:find("[^ \t\r\n]", position) or #text + 1
end

-- A character beyond the first 65536 is written as two halves.
local function unescape(raw, position)
    raw = raw:gsub("\\u([dD][89abAB]%x%x)\\u([dD][c-fC-F]%x%x)", function(high, low)
        return utf8.char(0x10000 + ((tonumber(high, 16) - 0xD800) << 10) + tonumber(low, 16) - 0xDC00)
    end)
    raw = raw:gsub("\\u(%x%x%x%x)", function(code) return utf8.char(tonumber(code, 16)) end)
    return (raw:gsub("\\(.)", function(letter) return escapes[letter] or fail(position, "unknown escape \\" .. letter) end))
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

-- Reads `item` after `item` with commas between them until `close`.
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

function json.decode(text)
    local value, position = read_value(text, skip(text, 1), 0)
    position = skip(text, position)
    if position <= #text then fail(position, "unexpected text after the value") end
    return value
end

return json
