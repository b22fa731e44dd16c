-- srq-lua on the command line. What `lua` does it must do as well, so most cases run both and compare.

local check = require "check"
local samples = require "samples"

local build = os.getenv "BUILD" or "build"
local host = build .. "/bin/srq-lua"

-- Runs a shell command; returns stdout, stderr and the exit code.
local function run(command)
    local errors = samples.path "stderr"
    local pipe = assert(io.popen(("{ %s\n} 2> '%s'"):format(command, errors)))
    local output = pipe:read "a"
    local _, _, code = pipe:close()
    local file <close> = assert(io.open(errors))
    return output, file:read "a", code
end

samples.write("script.lua", 'print(#arg, arg[0]:match "[^/]*$", arg[1], arg[2], arg[-1] ~= nil, ...)\n')
samples.write("fails.lua", 'local function inner() error "no luck" end\nlocal function outer() inner() end\nouter()\n')
samples.write("syntax.lua", "local = 1\n")
samples.write("module.lua", 'return { name = "module" }\n')
samples.write("init.lua", 'print "init file"\n')

local script, fails = samples.path "script.lua", samples.path "fails.lua"

-- %L is the program. Everything that follows is compared between lua5.4 and srq-lua.
local same = {
    { "statements", [[%L -e 'print(1 + 1)' -e "x = 3" -e 'print(x)']] },
    { "a statement joined to its option", [[%L -e'print(2)']] },
    { "a script with arguments", "%L " .. script .. " one two" },
    { "arguments before the script have negative indices", "%L -e 'y = 1' " .. script .. " one" },
    { "two dashes end the options", "%L -- " .. script .. " -e" },
    { "a dash reads standard input", "echo 'print(\"from stdin\", ...)' | %L - a b" },
    { "no script reads standard input", "echo 'print(\"from stdin\")' | %L" },
    { "-l requires a module into a global", "LUA_PATH='" .. samples.folder .. "/?.lua' %L -l module -e 'print(module.name)'" },
    { "-l g=mod chooses the global", "LUA_PATH='" .. samples.folder .. "/?.lua' %L -l m=module -e 'print(m.name, module)'" },
    { "coroutines", "%L -e 'local w = coroutine.wrap(function(...) local a = coroutine.yield(...) error(a) end) print(w(1, 2)) "
        .. "print(pcall(w, \"x\")) print(pcall(w))' -e 'print(coroutine.resume(coroutine.create(function(a) return a, 2 end), 1))' "
        .. "-e 'print(pcall(coroutine.resume, 1)) print(coroutine.isyieldable(), coroutine.wrap(coroutine.isyieldable)())'" },
    { "-l of nothing fails", "%L -l no_such_module_at_all 2> /dev/null" },
    { "LUA_INIT runs first", "LUA_INIT='print(\"init\")' %L -e 'print(2)'" },
    { "LUA_INIT of a file", "LUA_INIT='@" .. samples.path "init.lua" .. "' %L -e 'print(2)'" },
    { "LUA_INIT_5_4 wins", "LUA_INIT='print(1)' LUA_INIT_5_4='print(54)' %L -e 'print(2)'" },
    { "-E ignores the environment", "LUA_INIT='print(\"init\")' %L -E -e 'print(2)'" },
    { "warnings are off", "%L -e 'warn(\"careful\")'" },
    { "-W turns warnings on", "%L -W -e 'warn(\"careful\")'" },
    { "os.exit gives its code", "%L -e 'os.exit(7)'" },
    { "os.exit(false) is a failure", "%L -e 'os.exit(false, true)'" },
    { "an unknown option is refused", "%L -z 2> /dev/null" },
    { "an option without its value is refused", "%L -e 2> /dev/null" },
    { "a missing script is named", "%L nothing.lua" },
    { "a syntax error", "%L " .. samples.path "syntax.lua" },
    { "an error with a traceback", "%L " .. fails },
    { "an error object with __tostring", "%L -e 'error(setmetatable({}, {__tostring = function() return \"mine\" end}))'" },
    { "an error object without a string", "%L -e 'error({})'" },
    { "an error in -e stops before the script", "%L -e 'error(\"early\", 0)' " .. script },
    { "a failing LUA_INIT stops everything", "LUA_INIT='error(\"init\", 0)' %L -e 'print(1)'" },
    { "to-be-closed values and finalizers run", "%L -e 'setmetatable({}, {__gc = function() print \"gone\" end})'" },
}

for _, case in ipairs(same) do
    check.test("as lua: " .. case[1], function()
        local function outcome(program)
            local output, errors, code = run((case[2]:gsub("%%L", program)))
            local short = program:gsub("%p", "%%%0")
            return output, (errors:gsub(short, "LUA")), code
        end
        local output, errors, code = outcome "lua5.4"
        local found_output, found_errors, found_code = outcome(host)
        check.equal(found_output, output)
        check.equal(found_code, code)
        check.equal(found_errors:gsub("%[C%]: in %?", ""), errors:gsub("%[C%]: in %?", ""))
    end)
end

check.test("the prompt prints values, goes on in the next line and survives errors", function()
    samples.write("typed", '1 + 1\nfor i = 1, 2 do\nprint(i)\nend\nerror("no", 0)\n"a", nil\n')
    local output, errors = run(("%s -i < '%s'"):format(host, samples.path "typed"))
    check.equal(output:gsub("^.-\n> ", "> ", 1):gsub("^Lua.-\n", ""), "> 2\n> >> >> 1\n2\n> > a\tnil\n> \n")
    check.equal(errors:match "^no\n" ~= nil, true)
end)

check.test("-v shows the versions of Lua and of srq", function()
    local output, _, code = run(host .. " -v")
    check.equal(output:match "^Lua 5%.4%.%d" ~= nil, true)
    check.equal(output:match "\nsrq (%d+%.%d+%.%d+)\n", require("srq").version)
    check.equal(code, 0)
end)

check.test("srq is there without any path", function()
    local output = run(("cd / && LUA_PATH= LUA_CPATH= '%s' -l srq -e 'print(srq.version)'"):format(
        host:match "^/" and host or (os.getenv "PWD" .. "/" .. host)))
    check.equal(output, require("srq").version .. "\n")
end)

check.test("SRQ_LUA_PATH chooses the lua folder, unless -E", function()
    samples.write("module.lua", 'return { name = "chosen" }\n')
    local command = ("SRQ_LUA_PATH='%s' %s %%s -e 'print((pcall(require, \"module\")))'"):format(samples.folder, host)
    check.equal(run(command:format ""), "true\n")
    check.equal(run(command:format "-E"), "false\n")
end)

check.test("a script is looked for here first, then in the lua folder", function()
    require("srq.core").system.make_folder(samples.path "lua/experiments")
    samples.write("lua/experiments/found.lua", 'print("in the lua folder", arg[0])\n')
    local absolute = host:match "^/" and host or (os.getenv "PWD" .. "/" .. host)
    local command = ("cd '%s' && SRQ_LUA_PATH='%s' '%s' experiments/found.lua"):format(
        samples.folder, samples.path "lua", absolute)
    check.equal(run(command), "in the lua folder\texperiments/found.lua\n")
    require("srq.core").system.make_folder(samples.path "experiments")
    samples.write("experiments/found.lua", 'print "here"\n')
    check.equal(run(command), "here\n")
end)

check.test("an error of the library is an exit code, a message and no partial output", function()
    local output, errors, code = run(host .. [[ -e 'require("srq").load("nothing.pth")']])
    check.equal(output, "")
    check.equal(errors:find("nothing.pth", 1, true) ~= nil, true)
    check.equal(code, 1)
end)

-- Lua code that sends Ctrl-C to its own process a little later.
local interrupt_soon = [[io.popen("(sleep 0.5; kill -INT $PPID) > /dev/null & echo started"):read "l" ]]

check.test("Ctrl-C stops a script with a message", function()
    local file = samples.write("endless.lua", interrupt_soon .. "while true do end")
    local _, errors, code = run(("timeout -k 5 20 %s %s"):format(host, file))
    check.equal(errors:match "interrupted!" or errors, "interrupted!")
    check.equal(code, 1)
end)

check.test("Ctrl-C at work of the library stops it, with a callback and without", function()
    for _, progress in ipairs { "false", "function() end" } do
        local file = samples.write("long.lua", ([[
            local srq = require "srq"
            local network = srq.load(%q)
            local images = srq.images(%q, {count = 8, patch = 16})
            local q = network:calibrate(images, {progress = false})
            %s
            q:finetune(images, {epochs = 1000000, progress = %s})
        ]]):format(samples.network(), samples.pictures(), interrupt_soon, progress))
        local _, errors, code = run(("timeout -k 5 60 %s %s"):format(host, file))
        check.equal(errors:match "interrupted!" or errors, "interrupted!")
        check.equal(code, 1)
    end
end)

check.test("Ctrl-C at work of the library within coroutines stops it", function()
    for _, resume in ipairs { "coroutine.wrap(work)()", "coroutine.resume(coroutine.create(work))",
        "coroutine.wrap(function() coroutine.wrap(work)() end)()" } do
        local file = samples.write("long.lua", ([[
            local srq = require "srq"
            local network = srq.load(%q)
            local images = srq.images(%q, {count = 8, patch = 16})
            local q = network:calibrate(images, {progress = false})
            local function work() q:finetune(images, {epochs = 1000000, progress = false}) end
            %s
            %s
            while true do end
        ]]):format(samples.network(), samples.pictures(), interrupt_soon, resume))
        local _, errors, code = run(("timeout -k 5 60 %s %s"):format(host, file))
        check.equal(errors:match "interrupted!" or errors, "interrupted!")
        check.equal(code, 1)
    end
end)

check.test("Ctrl-C stops a coroutine that never yields", function()
    for _, resume in ipairs { "coroutine.wrap(work)()", "coroutine.resume(coroutine.create(work))",
        "coroutine.wrap(function() coroutine.wrap(function() coroutine.yield() end)() work() end)()" } do
        local file = samples.write("long.lua", ("local function work() while true do end end\n%s\n%s\nwhile true do end"):format(
            interrupt_soon, resume))
        local _, errors, code = run(("timeout -k 5 20 %s %s"):format(host, file))
        check.equal(errors:match "interrupted!" or errors, "interrupted!")
        check.equal(code, 1)
    end
end)

check.test("--help shows the options and is no failure", function()
    local output, errors, code = run(host .. " --help")
    check.equal(output:match "^usage: .*%-%-help .*script" ~= nil, true)
    check.equal(errors, "")
    check.equal(code, 0)
end)

check.test("messages bring no escape codes to the terminal", function()
    local _, errors, code = run(host .. [[ -e 'error("a\27[31m\7\194\155b\tc\nd", 0)']])
    check.equal(errors:match ": (a.*d)\n", "a\\x1B[31m\\x07\\x9Bb\tc\nd")
    check.equal(code, 1)
end)

check.test("a network that is not what its options say is told as a warning", function()
    local command = ("%s -W -l srq -e 'srq.load(%q, %s)'")
    local bundled = "examples/models/edsr_compact_x4.pth"
    local _, errors = run(command:format(host, bundled, "{}"))
    check.equal(errors, "")
    _, errors = run(command:format(host, bundled, "{ res_scale = 100 }"))
    check.equal(errors:match "^Lua warning: [^\n]*edsr_compact_x4.pth: a smooth picture[^\n]* dB[^\n]*res_scale" ~= nil, true)
    check.equal(select(2, errors:gsub("\n", "")), 1)
end)

check.test("a file that is odd but has all its pixels is told as a warning", function()
    samples.pictures()
    local open <close> = assert(io.open(samples.path "low/picture1.png", "rb"))
    local file = samples.write("endless.png", open:read "a":sub(1, -13))
    for _, call in ipairs {
        ("srq.image.read(%q)"):format(file), ("srq.images(%q, { count = 1, patch = 8 })"):format(file),
        ("srq.load(%q):upscale(%q, %q, { progress = false })"):format(
            "examples/models/edsr_compact_x4.pth", file, samples.path "large.png"),
    } do
        local _, errors, code = run(("%s -W -l srq -e '%s'"):format(host, call))
        check.equal(errors:match "^Lua warning: [^\n]*endless.png: [^\n]+\n$" ~= nil, true)
        check.equal(code, 0)
    end
end)

check.test("progress in a pipe is plain lines", function()
    local file = samples.write("lines.lua", ([[
        local srq = require "srq"
        srq.load(%q):calibrate(srq.images(%q, {count = 4, patch = 16}))
    ]]):format(samples.network(), samples.pictures()))
    local output, errors = run(host .. " " .. file)
    check.equal(output, "")
    check.equal(errors:match "^calibrate[^\r\n]*: %d+ of %d+, in 0:%d%d\n$" ~= nil, true)
end)

check.test("progress on a terminal is a bar that ends its line", function()
    local file = samples.path "lines.lua"
    local output = run(("script -qec '%s %s' /dev/null < /dev/null"):format(host, file))
    check.equal(output:match "\rcalibrate[^\n]*%[#+%-*%] 100%% in 0:%d%d *\r?\n$" ~= nil, true)
end)
