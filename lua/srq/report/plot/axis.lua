-- This module has the numbers of an axis: which values can be shown, how far they reach, and the round numbers beside them.

local axis = {}

-- Returns about `count` round numbers that cover [low, high], and the format that writes them.
function axis.ticks(low, high, count)
    if not (high > low) then low, high = low - 0.5, high + 0.5 end
    local rough = (high - low) / count
    local power = 10.0 ^ math.floor(math.log(rough, 10))
    local step = power * 10
    for _, factor in ipairs { 1, 2, 5 } do
        if factor * power >= rough * 0.999999 then -- A step that is meant to be equal may be rounded below.
            step = factor * power
            break
        end
    end
    local first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    local list = {}
    for i = first, last do list[#list + 1] = i * step end
    local digits = math.max(0, -math.floor(math.log(step, 10) + 1e-9))
    return list, digits > 6 and "%.3g" or ("%%.%df"):format(digits)
end

-- Whether a value is there and is neither NaN nor infinite.
function axis.finite(value)
    return value and value == value and math.abs(value) < math.huge
end

-- Returns the smallest and the largest finite value of all series; 0 and 1 where there is none.
function axis.extent(series)
    local low, high = math.huge, -math.huge
    for _, one in ipairs(series) do
        -- A list with holes has no length to rely on.
        for _, value in pairs(one.values) do
            if axis.finite(value) then low, high = math.min(low, value), math.max(high, value) end
        end
    end
    if low > high then return 0, 1 end
    return low, high
end

return axis
