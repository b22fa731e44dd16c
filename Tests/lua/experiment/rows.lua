-- Finished rows on disk, and what tells them apart.

local check = require "check"
local fingerprint = require "srq.experiment.fingerprint"
local json = require "srq.json"
local rows = require "srq.experiment.rows"
local samples = require "samples"
local srq = require "srq"

local store = rows.open(samples.path "rows")

check.test("a row is made once and is there for the next store", function()
    local key, made = { method = "plq", bits = 4, list = { "a", "b" } }, 0
    local function work()
        made = made + 1
        return { psnr = 31.123456789012345, ssim = 0.9, images = { { name = "1", psnr = math.huge } } }
    end
    store:get(key, work)
    local row = rows.open(samples.path "rows"):get({ list = { "a", "b" }, bits = 4, method = "plq" }, work)
    check.equal(made, 1)
    check.equal(row.psnr, 31.123456789012345)
    check.equal(row.images[1].psnr, math.huge)
end)

check.test("every part of a key tells rows apart", function()
    local made = 0
    local function work()
        made = made + 1
        return made
    end
    local keys = { { a = 1 }, { a = 2 }, { b = 1 }, { a = "1" }, { a = 1, b = 1 }, { a = { 1 } }, { a = true }, { a = 1.5 } }
    for _, key in ipairs(keys) do store:get(key, work) end
    check.equal(made, #keys)
    for i, key in ipairs(keys) do check.equal(store:get(key, work), i) end
end)

check.test("another build of the library has rows, models and states of its own", function()
    local key = { method = "built" }
    local old, new = rows.open(samples.path "rows", "0.1.0 1234"), rows.open(samples.path "rows", "0.1.0 1235")
    old:write(key, { value = 1 })
    check.equal(new:read(key), nil)
    check.equal(new:path(key, "state") ~= old:path(key, "state"), true)
    check.equal(new:get(key, function() return { value = 2 } end).value, 2)
    check.equal(old:read(key).value, 1)
    -- Without a name it is the build that runs: the version, and the digest of the library's file.
    local library = rows.open(samples.path "rows").library
    check.equal(library, srq.version .. " " .. srq.build())
    check.equal(srq.build():match "^%x+$" ~= nil and #srq.build(), 16)
end)

check.test("a row that was damaged, or is another key's, is made again", function()
    local key = { damaged = 1 }
    store:write(key, { value = 1 })
    for _, text in ipairs { "", "{", '{"key":{"damaged":1}', '{"key":{"damaged":2},"row":{"value":1}}', "[]", '"row"' } do
        local file <close> = assert(io.open(store:path(key, "row"), "wb"))
        file:write(text)
        file:close()
        check.equal(store:read(key), nil)
    end
    check.equal(store:get(key, function() return { value = 2 } end).value, 2)
    check.equal(store:read(key).value, 2)
end)

check.test("a failure leaves no row and no file behind", function()
    local key = { fails = true }
    check.raises(function() store:get(key, function() error "no luck" end) end, "no luck")
    check.equal(store:read(key), nil)
    check.raises(function() store:write(key, { bad = print }) end, "a function cannot be written")
    check.equal(store:read(key), nil)
    for _, name in ipairs(require("srq.core").system.list(samples.path "rows")) do
        check.equal(name:match "%.row$", ".row")
    end
end)

check.test("JSON that was written reads back, and equal tables give equal texts", function()
    local value = { text = 'a"b\\c\nd\1', list = { 1, 2.5, -3 }, yes = true, empty = {}, deep = { deeper = { 0.1 } } }
    local text = json.encode(value)
    check.equal(json.encode(json.decode(text)), text)
    check.equal(json.decode(text).text, value.text)
    check.equal(json.encode { b = 1, a = 2 }, '{"a":2,"b":1}')
    check.equal(json.encode { 0 / 0 }, "[null]")
    check.equal(json.decode(json.encode { -math.huge })[1], -math.huge)
    check.raises(function() json.encode { f = print } end, "a function cannot be written")
    check.raises(function() json.encode { [1.5] = 1 } end, "'1.5' is no name")
    local loop = {}
    loop.loop = loop
    check.raises(function() json.encode(loop) end, "nested too deeply")
end)

check.test("a fingerprint depends on every byte, on order and on length", function()
    local seen = {}
    local function add(text)
        local print = fingerprint.text(text)
        check.equal(#print, 16)
        check.equal(seen[print], nil)
        seen[print] = text
    end
    add ""
    for length = 1, 1100, 7 do add(("a"):rep(length)) end
    local base = ("x"):rep(1030)
    for position = 1, #base, 3 do add(base:sub(1, position - 1) .. "y" .. base:sub(position + 1)) end
    for _, byte in ipairs { "\0", "\1", "\x80", "\xff" } do add(base .. byte) end
end)

check.test("a file's fingerprint is that of its contents; a folder's that of its files and their names", function()
    samples.write("print_a", "one")
    samples.write("print_b", "one")
    check.equal(fingerprint.path(samples.path "print_a"), fingerprint.file(samples.path "print_b"))
    local system = require("srq.core").system
    for _, folder in ipairs { "prints1", "prints2" } do
        system.make_folder(samples.path(folder .. "/inner"))
        samples.write(folder .. "/inner/file", "text")
    end
    local first = fingerprint.path(samples.path "prints1")
    check.equal(fingerprint.path(samples.path "prints2"), first)
    os.rename(samples.path "prints2/inner/file", samples.path "prints2/inner/other")
    check.equal(fingerprint.path(samples.path "prints2") ~= first, true)
    check.raises(function() fingerprint.path(samples.path "nowhere") end, "nowhere")
end)
