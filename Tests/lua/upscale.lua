local srq = require "srq"
local check = require "check"
local core = require "srq.core"
local samples = require "samples"

local network = srq.load(samples.network())
samples.pictures()

check.test("a file becomes a file of twice the size", function()
    check.equal(network:upscale(samples.path "low/picture1.png", samples.path "big.png"), 1)
    local low, big = srq.image.read(samples.path "low/picture1.png"), srq.image.read(samples.path "big.png")
    check.equal(big.width, 2 * low.width)
    check.equal(big.height, 2 * low.height)
end)

check.test("a file goes into a folder under its own name", function()
    core.system.make_folder(samples.path "into")
    network:upscale(samples.path "low/picture1.png", samples.path "into")
    check.equal(core.system.kind(samples.path "into/picture1.png"), "file")
end)

check.test("a folder fills a folder, which is made, and reports every image", function()
    local names, last = {}, 0
    local count = network:upscale(samples.path "low", samples.path "deep/high", {
        threads = 1,
        progress = function(p)
            check.equal(p.total == 3000 and p.done > last, true)
            last = p.done
            if p.done % 1000 == 0 then names[#names + 1] = p.stage .. " " .. p.detail end
        end,
    })
    check.equal(count, 3)
    check.equal(last, 3000)
    check.equal(table.concat(names, ","), "upscale picture1.png,upscale picture2.png,upscale picture3.png")
    check.equal(#core.system.list(samples.path "deep/high"), 3)
end)

check.test("a folder can be cancelled within an image, and keeps the finished ones", function()
    check.raises(function()
        network:upscale(samples.path "low", samples.path "some", { progress = function(p) return p.done < 2500 end })
    end, "cancelled")
    check.equal(#core.system.list(samples.path "some"), 2)
end)

check.test("a session reports from layer to layer, and goes on after a cancel", function()
    local session <close> = network:session { threads = 2, alpha = "network" }
    local low = samples.picture(9, 7, { format = "rgba" })
    local seen = {}
    local big = session:upscale(low, { progress = function(p) seen[#seen + 1] = p.done end })
    check.equal(#seen, 2 * #network:layers()) -- Alpha goes through the network as well.
    check.equal(seen[#seen], 1000)
    for i = 2, #seen do check.equal(seen[i] > seen[i - 1], true) end
    check.raises(function() session:upscale(low, { progress = function() return false end }) end, "cancelled")
    check.raises(function() session:upscale(low, { progress = function() error "mine" end }) end, "mine")
    check.raises(function() session:upscale(low, { progres = false }) end, "progres")
    check.equal(session:upscale(low):get(5, 6, 1), big:get(5, 6, 1))
end)

check.test("an image in memory gives an image of its own kind, equal to the file's", function()
    for _, options in ipairs { {}, { format = "rgba" }, { format = "gray" }, { format = "gray_alpha" }, { type = "uint16" } } do
        local low = samples.picture(9, 7, options)
        local big = network:upscale(low)
        check.equal(big.width .. " " .. big.height .. big.format .. big.type, "18 14" .. low.format .. low.type)
        low:write(samples.path "kind.png")
        network:upscale(samples.path "kind.png", samples.path "kind_big.png")
        local written = srq.image.read(samples.path "kind_big.png")
        check.equal(written.format .. written.type, low.format .. low.type)
        for channel = 1, low.format == "gray" and 1 or 2 do
            check.equal(written:get(5, 6, channel), big:get(5, 6, channel))
        end
    end
end)

check.test("sizes down to one pixel work", function()
    for _, size in ipairs { { 1, 1 }, { 1, 9 }, { 200, 1 } } do
        local big = network:upscale(samples.picture(size[1], size[2]))
        check.equal(big.width, 2 * size[1])
        check.equal(big.height, 2 * size[2])
    end
end)

check.test("any number of threads gives the same bytes", function()
    local low = samples.picture(33, 21)
    low:write(samples.path "threads.png")
    for threads = 1, 3 do
        network:upscale(samples.path "threads.png", samples.path("threads" .. threads .. ".png"), { threads = threads })
    end
    local function bytes(name)
        local file <close> = assert(io.open(samples.path(name), "rb"))
        return file:read "a"
    end
    check.equal(bytes "threads1.png" == bytes "threads2.png", true)
    check.equal(bytes "threads1.png" == bytes "threads3.png", true)
end)

check.test("what cannot be read or written is named, and leaves nothing behind", function()
    check.raises(function() network:upscale(samples.path "none.png", samples.path "x.png") end, "none.png")
    check.raises(function() network:upscale(samples.path "low/picture1.png", samples.path "not made/x.png") end, "not made/x.png")
    samples.write("lies.png", "no picture")
    check.raises(function() network:upscale(samples.path "lies.png", samples.path "x.png") end, "lies.png")
    check.equal(core.system.kind(samples.path "x.png"), nil)
    core.system.make_folder(samples.path "empty")
    check.raises(function() network:upscale(samples.path "empty", samples.path "y") end, "empty: no PNG file")
    check.raises(function() network:upscale(samples.path "low", samples.path "low") end, "the output folder is the input folder")
    check.raises(function() network:upscale(samples.path "low/picture1.png") end, "paths of input and output")
end)

local function bytes(name)
    local file <close> = assert(io.open(samples.path(name), "rb"))
    return file:read "a"
end

check.test("a picture is not replaced by what is made from it, under any of its names", function()
    core.system.make_folder(samples.path "own")
    samples.picture(9, 7):write(samples.path "own/a.png")
    samples.picture(8, 7):write(samples.path "own/b.png")
    os.execute(("ln -s own/a.png '%s'; ln -s own '%s'"):format(samples.path "a.link", samples.path "own.link"))
    local before = bytes "own/a.png"
    for _, output in ipairs { "own/a.png", "own/../own/a.png", "own", "own/", "a.link", "own.link" } do
        check.raises(function() network:upscale(samples.path "own/a.png", samples.path(output)) end, "would replace")
        check.equal(bytes "own/a.png" == before, true)
    end
    for _, output in ipairs { "own", "own.link", "own/" } do
        local function upscale() network:upscale(samples.path "own", samples.path(output)) end
        check.raises(upscale, "the output folder is the input folder")
    end
    -- The first picture would replace the second one, through a link in another folder.
    core.system.make_folder(samples.path "linked")
    os.execute(("ln -s ../own/b.png '%s'"):format(samples.path "linked/a.png"))
    local other = bytes "own/b.png"
    check.raises(function() network:upscale(samples.path "own", samples.path "linked") end, "own/b.png")
    check.equal(bytes "own/b.png" == other, true)
    check.equal(#core.system.list(samples.path "linked"), 1)
end)

check.test("one file that is no picture does not keep the others of a folder from being upscaled", function()
    core.system.make_folder(samples.path "mixed/folder.png")
    for _, name in ipairs { "a", "b", "c" } do samples.picture(9, 7):write(samples.path("mixed/" .. name .. ".png")) end
    samples.write("mixed/._a.png", "\0\5\22\7") -- macOS writes such files, and hidden files are nobody's pictures.
    samples.write("mixed/cut.png", bytes "mixed/b.png":sub(1, 60))
    check.raises(function() network:upscale(samples.path "mixed", samples.path "mixed_out") end, "3 of 5 images were written")
    check.equal(#core.system.list(samples.path "mixed_out"), 3)
    local written, skipped = network:upscale(samples.path "mixed", samples.path "mixed_out2", { keep_going = true })
    check.equal(written, 3)
    check.equal(#skipped, 2)
    check.equal(skipped[1].name .. " " .. skipped[2].name, "cut.png folder.png")
    for _, one in ipairs(skipped) do check.equal(one.reason:find("mixed/" .. one.name, 1, true) ~= nil, true) end
    check.equal(#core.system.list(samples.path "mixed_out2"), 3)
    check.raises(function() network:upscale(samples.path "mixed", samples.path "x", { keep_going = 1 }) end, "keep_going")
    -- What is wrong with the output, or a script's own error, ends a folder at once.
    check.raises(function()
        network:upscale(samples.path "mixed", samples.path "y", { keep_going = true, progress = function() error "mine" end })
    end, "mine")
    check.equal(#core.system.list(samples.path "y"), 0)
end)
