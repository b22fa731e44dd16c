local srq = require "srq"
local check = require "check"
local samples = require "samples"

local network = srq.load(samples.network(), { res_scale = 1 })

check.test("a NUL inside a path or an option is an error, whatever lies before it", function()
    local image = srq.image.create(4, 4)
    local picture, network_path = samples.path "nul.png", samples.network()
    image:write(picture)
    local session <close> = network:session()
    local behind = "\0.txt"
    for name, call in pairs {
        load = function() srq.load(network_path .. behind) end,
        read = function() srq.image.read(picture .. behind) end,
        write = function() image:write(samples.path("cut.png") .. behind) end,
        save = function() network:save(samples.path("cut.srq") .. behind) end,
        export = function() network:export(samples.path("cut.safetensors") .. behind) end,
        images = function() srq.images(samples.pictures() .. behind) end,
        evaluate = function() network:evaluate(samples.pictures() .. behind) end,
        input = function() session:upscale(picture .. behind, samples.path "cut.png") end,
        output = function() session:upscale(picture, samples.path("cut.png") .. behind) end,
        option = function()
            local images = srq.images(samples.pictures(), { count = 1, patch = 8 })
            network:calibrate(images, { quantizer = "plq" .. behind })
        end,
    } do
        check.raises(call, "a NUL inside")
        for _, cut in ipairs { "cut.png", "cut.srq", "cut.safetensors" } do
            check.equal(io.open(samples.path(cut)), nil, name)
        end
    end
end)

check.test("names that are not UTF-8 are read, listed and written", function()
    local folder, results = samples.path "latin", samples.path "latin results"
    os.execute(("mkdir -p '%s'"):format(folder))
    local names = { "a.png", "caf\xe9.png", "z.png" }
    for _, name in ipairs(names) do samples.picture(16, 16):write(folder .. "/" .. name) end
    check.equal(network:upscale(folder, results, { progress = false }), 3)
    for _, name in ipairs(names) do check.equal(srq.image.read(results .. "/" .. name).width, 32) end
    check.equal(#srq.images(folder, { count = 3, patch = 16 }), 3)
    local scores = srq.evaluate(network, folder, { progress = false })
    check.equal(scores.images[2].name, "caf\\xe9")
    os.remove(folder .. "/caf\xe9.png")
    check.raises(function() srq.image.read(folder .. "/caf\xe9.png") end, "caf\\xe9.png: no such file")
end)

check.test("an output that promises another format is refused before the work", function()
    local steps = 0
    local picture = samples.path "small.png"
    samples.picture(16, 16):write(picture)
    check.raises(function()
        network:upscale(picture, samples.path "large.jpg", { progress = function() steps = steps + 1 end })
    end, "large.jpg: cannot write '.jpg'")
    check.equal(steps, 0)
    check.equal(io.open(samples.path "large.jpg"), nil)
end)
