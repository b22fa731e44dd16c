local srq = require "srq"
local check = require "check"
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
