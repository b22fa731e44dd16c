local srq = require "srq"
local check = require "check"
local samples = require "samples"

check.test("a new image is black and of the kind asked for", function()
    local image = srq.image.create(3, 2, { format = "rgba", type = "uint16" })
    check.equal(image.width, 3)
    check.equal(image.height, 2)
    check.equal(image.format, "rgba")
    check.equal(image.type, "uint16")
    check.equal(image:get(2, 1, 4), 0)
    check.raises(function() srq.image.create(2, 2, { format = "cmyk" }) end, "format", "gray, gray_alpha, rgb", "cmyk")
    check.raises(function() srq.image.create(0, 2) end, "0")
end)

check.test("samples are read and written in place", function()
    for type, value in pairs { uint8 = 255, uint16 = 65535, float32 = 0.5 } do
        local image = srq.image.create(2, 2, { type = type })
        image:set(1, 0, 3, value)
        check.equal(image:get(1, 0, 3), value)
        check.equal(image:get(0, 1, 1), 0)
    end
    local image = srq.image.create(2, 2)
    check.raises(function() image:get(2, 0, 1) end, "outside the image")
    check.raises(function() image:get(0, -1, 1) end, "out of range")
    check.raises(function() image:get(0, 0, 4) end, "no such channel")
    check.raises(function() image:set(0, 0, 1, 256) end, "out of range")
end)

check.test("what is written is read again", function()
    for _, options in ipairs { {}, { format = "gray" }, { format = "rgba" }, { format = "gray_alpha", type = "uint16" } } do
        local image = samples.picture(7, 5, options)
        image:write(samples.path "image.png")
        local again = srq.image.read(samples.path "image.png")
        check.equal(again.format .. again.type .. again.width .. again.height, image.format .. image.type .. 7 .. 5)
        for x = 0, 6 do check.equal(again:get(x, 3, 1), image:get(x, 3, 1)) end
    end
end)

check.test("an image equals itself and less so another", function()
    local image = samples.picture(32, 32)
    local same = image:compare(image)
    check.equal(same.psnr, math.huge)
    check.near(same.ssim, 1, 1e-9)
    local other = samples.picture(32, 32)
    for x = 0, 31 do other:set(x, 10, 2, 0) end
    local score = image:compare(other, { shave = 2 })
    check.equal(score.psnr < 60, true)
    check.raises(function() image:compare(samples.picture(8, 8)) end)
end)

check.test("resizing gives the size asked for", function()
    local small = samples.picture(32, 24):resize(8, 6)
    check.equal(small.width, 8)
    check.equal(small.height, 6)
    check.raises(function() small:resize(0, 6) end)
end)

check.test("crops and rows of images keep the pixels", function()
    local image = samples.picture(16, 12)
    local crop = image:crop(3, 2, 5, 6)
    check.equal(crop:get(4, 5, 2), image:get(7, 7, 2))
    local row = srq.image.beside({ image, image:crop(0, 0, 4, 12) }, { gap = 2 })
    check.equal(row.width, 22)
    check.equal(row:get(16, 3, 1), 0)
    check.equal(row:get(18, 3, 1), image:get(0, 3, 1))
    check.raises(function() image:crop(12, 0, 5, 1) end, "5x1 at (12, 0) is not inside an image of 16x12")
    check.raises(function() image:crop(0, 0, 0, 1) end, "not inside")
    check.raises(function() srq.image.beside { image, crop } end, "image 2 is 6 high rgb uint8")
    check.raises(function() srq.image.beside {} end, "no image")
end)
