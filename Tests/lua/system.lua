local check = require "check"
local samples = require "samples"
local system = require("srq.core").system

check.test("folders are made with their parents and listed", function()
    local path = samples.path "a/b/c"
    check.equal(system.make_folder(path), true)
    check.equal(system.make_folder(path .. "/"), true)
    samples.write("a/b/file", "text")
    local names = system.list(samples.path "a/b")
    table.sort(names)
    check.equal(table.concat(names, " "), "c file")
    check.equal(system.kind(path), "folder")
    check.equal(system.kind(samples.path "a/b/file"), "file")
    check.equal(system.size(samples.path "a/b/file"), 4)
    check.equal(system.same(path, path .. "/../c"), true)
    check.equal(system.same(path, samples.path "a"), false)
end)

check.test("failures give nil and a message with the path", function()
    for _, call in ipairs { system.list, system.kind, system.size } do
        local result, message = call(samples.path "nowhere")
        check.equal(result, nil)
        check.equal(message:find("nowhere", 1, true) ~= nil, true)
    end
    samples.write("plain", "text")
    check.equal(system.make_folder(samples.path "plain"), nil)
    check.equal(system.make_folder(samples.path "plain/below"), nil)
end)

check.test("the clock goes forward", function()
    local before = system.clock()
    check.equal(system.clock() >= before, true)
end)
