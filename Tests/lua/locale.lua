-- Text is the same under every locale of the process, which a host or a script may set.

local srq = require "srq"
local check = require "check"
local samples = require "samples"

local name = "de_DE.UTF-8"
local folder = samples.path "locales"

-- Runs the rest of this file in a process that has the locale; where the system cannot make one, nothing is tested.
if not os.getenv "SRQ_TEST_LOCALE" then
    os.execute(("mkdir -p '%s' && localedef -i de_DE -f UTF-8 '%s/%s' > /dev/null 2>&1"):format(folder, folder, name))
    local program = arg[-1]
    local environment = program:find "srq%-lua" and "" or ('LUA_PATH="%s" LUA_CPATH="%s" '):format(package.path, package.cpath)
    local probe = samples.write("probe.lua", ("print(os.setlocale(%q))"):format(name))
    local found = samples.run(("LOCPATH='%s' %s'%s' '%s'"):format(folder, environment, program, probe))
    if found ~= name .. "\n" then
        print "locale                  not tested: localedef cannot make de_DE.UTF-8 here"
        return
    end
    check.test("every text of the module is the same under a locale with decimal commas", function()
        local output, code, errors = samples.run(("SRQ_TEST_LOCALE=1 LOCPATH='%s' %s'%s' '%s' locale"):format(
            folder, environment, program, arg[0]))
        if code ~= 0 then error(output .. errors, 0) end
    end)
    return
end

local csv = require "srq.report.csv"
local json = require "srq.json"
local plot = require "srq.report.plot"
local progress = require "srq.progress"
local tables = require "srq.report.tables"

local network = srq.load(samples.network())
local images = srq.images(samples.pictures(), { count = 2, patch = 16 })

local function all_texts()
    local texts = {
        json.encode { a = 0.5, b = { 1e-7, 12.25 } }, csv.encode({ "a" }, { { a = 0.5 }, { a = 1 / 3 } }),
        progress.line { stage = "finetune", epoch = 1, detail = "", done = 1, total = 2, seconds = 1, loss = 0.125 },
        progress.bar({ stage = "finetune", epoch = 1, detail = "", done = 1, total = 2, seconds = 1, loss = 0.125 }, 80),
        plot.bars { labels = { "a", "b" }, series = { { values = { 0.5, 0.75 } } } },
        plot.lines { labels = { "a", "b" }, series = { { values = { 0.5, 0.75 } } } },
        plot.heat { labels = { "a", "b" }, rows = { { name = "r", values = { 0.5, 0.75 } } } },
        plot.histogram { histogram = { lower = -0.5, upper = 0.5, counts = { 1, 2, 3 } } },
        tostring(json.decode "[0.5, 1.25e-1]"[1] == 0.5),
    }
    local t = tables.new { "name", { "value", "%.2f" }, { "seconds", tables.seconds } }
    t:add("a", 0.5, 0.125)
    for _, text in ipairs { t:text(), t:markdown(), t:html() } do texts[#texts + 1] = text end
    local _, message = pcall(network.calibrate, network, images, { weights = 4.5 })
    texts[#texts + 1] = message:gsub("^.-: ", "")
    _, message = pcall(network.calibrate, network, images, { momentum = 1.5 })
    texts[#texts + 1] = message:gsub("^.-: ", "")
    local q = network:calibrate(images):finetune(images, { epochs = 1, decay = 0.75 })
    local model = q:quantize()
    texts[#texts + 1] = model.recipe
    model:save(samples.path "locale.srq")
    network:export(samples.path "locale.safetensors")
    for _, file in ipairs { "locale.srq", "locale.safetensors" } do
        local open <close> = assert(io.open(samples.path(file), "rb"))
        texts[#texts + 1] = open:read "a"
        check.equal(srq.load(samples.path(file)).scale, 2)
    end
    for _, option in ipairs(srq.options "calibrate") do
        texts[#texts + 1] = option.default_text .. option.bounds .. json.encode(option.default or 0)
    end
    return texts
end

check.test("the module's texts have decimal points", function()
    local expected = all_texts()
    check.equal(os.setlocale(name), name)
    check.equal(("%.1f"):format(0.5), "0,5")
    local found = all_texts()
    check.equal(("%.1f"):format(0.5), "0,5") -- The script's own locale is as it was.
    os.setlocale "C"
    check.equal(#found, #expected)
    for i, text in ipairs(found) do check.equal(text, expected[i]) end
end)
