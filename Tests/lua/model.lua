local srq = require "srq"
local check = require "check"
local samples = require "samples"

local network = srq.load(samples.network(), { res_scale = 1 })

check.test("a network tells what it is", function()
    check.equal(network.architecture, "EDSR")
    check.equal(network.scale, 2)
    check.equal(network.quantized, false)
    check.equal(network.recipe, nil)
    check.equal(network:recipe_table(), nil)
    check.equal(network.parameters > 3000, true)
    check.equal(network.no_such_property, nil)
    local width, height = network:output_size(10, 7)
    check.equal(width, 20)
    check.equal(height, 14)
end)

check.test("layers come in the order they run, without ranges in float", function()
    local layers = network:layers()
    check.equal(#layers, 8)
    check.equal(layers[1].name, "head.0")
    check.equal(layers[1].role, "edge")
    check.equal(layers[2].name, "body.0.body.0")
    check.equal(layers[2].role, "body")
    check.equal(layers[6].role, "bodyEnd")
    check.equal(layers[8].name, "tail.1")
    check.equal(layers[2].weight_bits, 32)
    check.equal(layers[2].lower, nil)
    check.equal(layers[2].quantizer, nil)
    check.equal(layers[7].outputs, 32)
end)

check.test("a file that is missing, a folder or no checkpoint is named", function()
    check.raises(function() srq.load(samples.path "nothing.pth") end, "nothing.pth")
    check.raises(function() srq.load(samples.folder) end, samples.folder)
    check.raises(function() srq.load(samples.write("bad.pth", "bad bytes")) end, "bad.pth")
    check.raises(function() srq.load(samples.write("empty.pth", "")) end, "empty.pth")
end)

check.test("a saved model has its recipe and layers", function()
    local q = network:calibrate(srq.images(samples.pictures(), { count = 4, patch = 16 }), { weights = 4, activations = 5 })
    local model = q:quantize()
    check.equal(model.quantized, true)
    model:save(samples.path "model.srq")
    local again = srq.load(samples.path "model.srq")
    check.equal(again.quantized, true)
    check.equal(again.recipe, model.recipe)
    check.equal(type(again:recipe_table()), "table")
    local saved, loaded = model:layers(), again:layers()
    check.equal(#saved, #loaded)
    for i, layer in ipairs(saved) do
        for key, value in pairs(layer) do check.equal(loaded[i][key], value) end
    end
    check.raises(function() model:export(samples.path "float.safetensors") end)
end)

check.test("a float network can be exported and loaded again", function()
    network:export(samples.path "export.safetensors")
    check.equal(srq.load(samples.path "export.safetensors").parameters, network.parameters)
end)

check.test("writing into a folder that is not there is an error that names the file", function()
    check.raises(function() network:save(samples.path "none/model.srq") end, "none/model.srq")
    check.raises(function() network:save(samples.folder) end, samples.folder)
end)

check.test("a closed model can be printed and closed again, and nothing else", function()
    local model = srq.load(samples.network())
    local session = model:session()
    model:close()
    model:close()
    check.equal(tostring(model), "srq.model: closed")
    check.raises(function() return model.scale end, "attempt to use a closed srq.model")
    check.raises(function() model:layers() end, "attempt to use a closed srq.model")
    session:close()
    check.raises(function() session:upscale("a.png", "b.png") end, "closed srq.session")
end)

check.test("a local with <close> is closed at the end of its block", function()
    local kept
    do
        local model <close> = srq.load(samples.network())
        kept = model
    end
    check.equal(tostring(kept), "srq.model: closed")
end)

check.test("scripts cannot reach the metatable", function()
    check.equal(getmetatable(network), "srq")
end)
