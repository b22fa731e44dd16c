-- Writes docs/options.md from the library's own lists of options: srq-lua tools/options.lua > docs/options.md

local srq = require "srq"

local calls = {
    load = { '`srq.load(path, options)`', "srq_load_options", "`Model(path, ...)`" },
    images = { "`srq.images(pattern, options)`", "srq_images_options", "`Images(source, ...)`" },
    calibrate = { "`net:calibrate(images, options)`", "srq_calibration_options", "`model.calibrate(images, ...)`" },
    finetune = { "`q:finetune(images, options)`", "srq_finetune_options", "`q.finetune(images, ...)`" },
    quantize = { "`q:quantize(options)`", "srq_quantize_options", "`q.quantize(...)`" },
    ptq = { "`net:ptq(images, options)`", "srq_ptq_options", "`model.ptq(images, ...)`" },
    session = { "`net:session(options)`", "srq_session_options", "`Session(model, ...)`" },
    evaluate = { "`net:evaluate(folder, options)`", "srq_evaluation_options", "`model.evaluate(folder, ...)`" },
    histograms = { "`q:histograms(images, options)`", "srq_histogram_options" },
}

-- Returns text for a cell of a table, which a bar would end.
local function cell(text) return (text:gsub("|", "\\|")) end

local function values(option)
    if option.choices then
        local names = "`" .. table.concat(option.choices, "`, `") .. "`"
        return option.type == "list" and "some of " .. names or names
    end
    if option.type == "boolean" then return "`true`, `false`" end
    return option.bounds == "" and option.type or option.type .. ", " .. option.bounds
end

local function default(option)
    if option.default == nil then return option.default_text end
    return "`" .. option.default_text .. "`"
end

print [[
# Options

`tools/options.lua` writes this file from the lists of options in the library, and a test keeps it fresh: do not edit it. A script
can ask for the same: `srq.options "calibrate"` in Lua, `srq.options("calibrate")` in Python and C++, `srq_option_get` in C.

The first column is the key in Lua; `lr.range` is the key `range` of the table `lr`. Where the field of the C struct and the keyword
in Python have another name, it stands in brackets.]]
for _, owner in ipairs(srq.options()) do
    local call = calls[owner]
    print(("\n## %s\n"):format(owner))
    print(("Lua %s, C `%s`%s.\n"):format(call[1], call[2], call[3] and ", Python " .. call[3] or ""))
    print "| option | values | default | meaning |"
    print "|---|---|---|---|"
    for _, option in ipairs(srq.options(owner)) do
        local name = option.name == option.field and "" or (" (`%s`)"):format(option.field)
        print(("| `%s`%s | %s | %s | %s |"):format(option.name, name, cell(values(option)), cell(default(option)),
            cell(option.meaning)))
    end
end
