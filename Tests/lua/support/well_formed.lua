local check = require "check"

-- Every element that is opened is closed, in order; attributes are quoted; no stray < or &. Elements of HTML that have no end may
-- be named.
local function assert_well_formed(text, void)
    local open, position = {}, 1
    text = text:gsub("<!DOCTYPE[^>]*>", ""):gsub("<%?xml[^>]*%?>", "")
    while true do
        local from, to, slash, name, rest = text:find("<(/?)(%a[%w:]*)([^<>]*)>", position)
        local between = text:sub(position, (from or 0) - 1)
        assert(not between:find "[<>]" or between:find "^%s*[%w%s{}#:;,.%-!&%%/()]*$", "stray bracket: " .. between:sub(1, 80))
        for entity in between:gmatch "&(%w*;?)" do
            assert(entity:match "^%w+;$", "stray &: " .. between:sub(1, 80))
        end
        if not from then break end
        if slash == "/" then
            check.equal(table.remove(open), name)
        elseif not rest:match "/%s*$" and not (void and void[name]) then
            open[#open + 1] = name
        end
        local left = rest:gsub('%s[%w:-]+="[^"]*"', ""):gsub("%s*/?%s*$", "")
        check.equal(left, "")
        position = to + 1
    end
    check.equal(#open, 0)
end

return assert_well_formed
