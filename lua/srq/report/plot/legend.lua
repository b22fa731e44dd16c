-- The legend is the line below the title that says which colour belongs to which series.

local canvas = require "srq.report.plot.canvas"

local legend = {}

-- Whether the series need a legend, which several do, or one that has a name.
function legend.wanted(series)
    return #series > 1 or (series[1] and series[1].name ~= nil)
end

function legend.draw(self, series)
    local x = 16
    for i, one in ipairs(series) do
        self:add('<rect x="%.1f" y="38" width="12" height="12" fill="%s"/>', x, canvas.colour_of(one, i))
        self:text(x + 18, 49, one.name)
        x = x + 18 + canvas.characters(one.name) * 7.6 + 24
    end
end

return legend
