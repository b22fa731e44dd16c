-- This module works out what a network costs, from layers as `net:layers()` and `q:layers()` give them: how many numbers must be
-- stored and how many operations done. The paper prints both in its Table 5; docs/protocols.md says how it counts.

local costs = {}

-- EDSR subtracts and adds the mean colour with two frozen 1×1 convolutions of 12 parameters. AdaBM's code, whose count the paper
-- prints, keeps them as parameters; here they are part of the graph.
local colour_shifts = { EDSR = 24 }

local float_bits = 32

-- Returns how many multiply-adds one layer does for an input of width × height.
function costs.macs(layer, width, height)
    return layer.inputs * layer.outputs * layer.kernel ^ 2 * layer.resolution ^ 2 * width * height
end

-- Returns the BitOPs of all layers: the sum of multiply-adds · bits of weights · bits of activations.
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
    return ranges + breakpoint + (layer.weight_parameters or 0) + (layer.input_scales or 0)
end

-- Returns how many words of 32 bits must be stored: weights take their bits, everything else takes 32. `parameters` is how many the
-- network has, with its biases, normalisations and slopes. `count` says how the quantizers' own numbers are counted:
--   "honest" (default): what they need, which is two ends, a breakpoint where there is one, and the weight ranges;
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
