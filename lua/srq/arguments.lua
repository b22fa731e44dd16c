-- This module reads a script's command line: `--name value`, where each option has a default that also gives its type.
--
--   local arguments = require "srq.arguments".parse(arg, {
--       { "epochs", 10, "epochs of finetuning" },
--       { "model", "edsr.pth", "the network" },
--       { "quick", false, "skip the finetuning" },      -- this one is a switch
--   })
--   print(arguments.epochs)

local arguments = {}

local function usage(command, known)
    local lines = { "usage: " .. command .. " [options]" }
    for _, option in ipairs(known) do
        local name, default, text = option[1], option[2], option[3]
        local left = "  --" .. name .. (default == false and "" or " " .. (type(default) == "number" and "N" or "TEXT"))
        local given = default ~= false and (" (default %s)"):format(default) or ""
        lines[#lines + 1] = ("%-24s %s%s"):format(left, text, given)
    end
    return table.concat(lines, "\n")
end

local function convert(name, text, default)
    if type(default) ~= "number" then return text end
    local number = tonumber(text)
    if not number then error(("--%s must be a number, not '%s'"):format(name, text), 0) end
    if math.type(default) == "integer" then
        number = math.tointeger(number) or error(("--%s must be a whole number, not '%s'"):format(name, text), 0)
    end
    return number
end

-- Returns the values of the options by name, from the words of `given`. An unknown or incomplete option is an error.
function arguments.read(given, known)
    local values, by_name = {}, {}
    for _, option in ipairs(known) do
        values[option[1]], by_name[option[1]] = option[2], option
    end
    local i = 1
    while given[i] do
        local name, text = given[i]:match "^%-%-([^=]+)=?(.*)$"
        local option = name and by_name[name]
        if not option then
            error(("unknown argument '%s'\n%s"):format(given[i], usage(given[0] or "script", known)), 0)
        end
        if option[2] == false then
            values[name] = true
        else
            if not given[i]:find("=", 1, true) then
                i = i + 1
                text = given[i] or error(("--%s needs a value"):format(name), 0)
            end
            values[name] = convert(name, text, option[2])
        end
        i = i + 1
    end
    return values
end

-- Returns the same as `read`, but serves a whole program: a mistake ends it with the message alone, and `--help` prints the
-- options and ends it.
function arguments.parse(given, known)
    for _, text in ipairs(given) do
        if text == "--help" then
            print(usage(given[0] or "script", known))
            os.exit(true, true)
        end
    end
    local done, values = pcall(arguments.read, given, known)
    if not done then
        io.stderr:write(values, "\n")
        os.exit(false, true)
    end
    return values
end

return arguments
