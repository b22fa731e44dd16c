-- This module says what is in a folder, for the parts of an experiment that look for files.

local system = require("srq.core").system

local folder = {}

-- Whether the path is a folder that is there.
function folder.exists(path)
    return system.kind(path) == "folder"
end

-- Returns the names in a folder, sorted; raises where it cannot be read.
function folder.names(path)
    local names, message = system.list(path)
    if not names then error(message, 0) end
    table.sort(names)
    return names
end

-- Whether a file with this name is taken for a picture.
function folder.is_picture(name)
    return name:lower():match "%.png$" ~= nil
end

return folder
