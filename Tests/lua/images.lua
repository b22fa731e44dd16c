local srq = require "srq"
local check = require "check"
local core = require "srq.core"
local samples = require "samples"

check.test("as many patches as asked for", function()
    local images = srq.images(samples.pictures(), { count = 7, patch = 16, seed = 3 })
    check.equal(#images, 7)
    check.equal(images.count, 7)
end)

check.test("a folder serves as a pattern", function()
    samples.pictures()
    check.equal(#srq.images(samples.path "low", { count = 2, patch = 16 }), 2)
end)

check.test("a pattern without a match is an error that names it", function()
    check.raises(function() srq.images(samples.path "low/*.jpg") end, "low/*.jpg")
    check.raises(function() srq.images(samples.path "nowhere/*.png") end, "nowhere")
end)

check.test("images in memory serve as well", function()
    local pictures = { samples.picture(32, 32), samples.picture(40, 20) }
    check.equal(#srq.images(pictures, { count = 3, patch = 16 }), 3)
    check.raises(function() srq.images({}, { count = 3 }) end)
    check.raises(function() srq.images { "a.png" } end, "element 1 must be an image, not a string")
end)

check.test("files that cannot be read are an error, or are left out as if they were not there", function()
    core.system.make_folder(samples.path "odd/b.png")
    for _, name in ipairs { "a", "c", "d" } do samples.picture(20, 24):write(samples.path("odd/" .. name .. ".png")) end
    samples.write("odd/e.png", "no picture")
    local whole <close> = assert(io.open(samples.path "odd/d.png", "rb"))
    samples.write("odd/cut.png", whole:read(100))
    check.raises(function() srq.images(samples.path "odd", { count = 6, patch = 16 }) end, "odd/b.png")
    local images = srq.images(samples.path "odd", { count = 6, patch = 16, keep_going = true })
    check.equal(#images, 6)
    local names = {}
    for i, one in ipairs(images.skipped) do
        names[i] = one.name:match "[^/]*$"
        check.equal(one.reason:find(one.name, 1, true), 1)
    end
    table.sort(names)
    check.equal(table.concat(names, " "), "b.png cut.png e.png")
    check.equal(#srq.images(samples.pictures(), { count = 2, patch = 16 }).skipped, 0)
    core.system.make_folder(samples.path "none/a.png")
    check.raises(function() srq.images(samples.path "none", { keep_going = true }) end, "none/a.png")
end)
