-- What a network costs: numbers to store and operations to do (facts in the paper's Table 5 and of the codes it builds on).
--
-- Everything is worked out from layers as `net:layers()` and `q:layers()` give them.

local costs = {}

-- The frozen 1×1 convolutions that subtract and add the mean colour. AdaBM's code, whose count the paper prints, keeps them as
-- parameters; here they are part of the graph.
local colour_shifts = { EDSR = 24 }

local float_bits = 32

-- Multiplications with weights of one layer for an input of width × height.
function costs.macs(layer, width, height)
    return layer.inputs * layer.outputs * layer.kernel ^ 2 * layer.resolution ^ 2 * width * height
end

-- Σ MACs · bits of weights · bits of activations.
function costs.bitops(layers, width, height)
    local sum = 0
    for _, layer in ipairs(layers) do
        sum = sum + costs.macs(layer, width, height) * layer.weight_bits * layer.activation_bits
    end
    return sum
end

local function numbers_of_quantizers(layer, count)
    if layer.weight_bits == float_bits and layer.activation_bits == float_bits then return 0 end
    local ranges = layer.activation_bits < float_bits and 2 or 0
    local breakpoint = layer.activation_bits < float_bits and (layer.breakpoint or count == "breakpoints everywhere") and 1 or 0
    return ranges + breakpoint + (layer.weight_parameters or 0)
end

-- Numbers to store, in words of 32 bits: weights at their bits, everything else at 32. `parameters` is the network's (its biases,
-- normalisations and slopes as well). `count` is
--   "honest" (default): the quantizers' own numbers, two ends, a breakpoint where there is one, and the weight ranges;
--   "breakpoints everywhere": as if every quantized layer had a breakpoint;
--   "adabm": as AdaBM's code counts, and the paper prints: two ends and a weight range a layer, a bit measure for each layer
--   below 8 bits and two image thresholds.
function costs.storage(layers, parameters, architecture, count)
    local words = parameters + (colour_shifts[architecture] or 0)
    local adaptive = 0
    for _, layer in ipairs(layers) do
        local weights = layer.inputs * layer.outputs * layer.kernel ^ 2
        words = words - weights + weights * layer.weight_bits / float_bits
        if count == "adabm" then
            if layer.activation_bits < float_bits then words = words + 3 end
            if layer.activation_bits < 8 then adaptive = adaptive + 1 end
        else
            words = words + numbers_of_quantizers(layer, count)
        end
    end
    if adaptive > 0 then words = words + adaptive + 2 end
    return words
end

return costs
