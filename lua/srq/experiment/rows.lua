-- A store keeps finished work on disk, so that a killed experiment continues where it was.
--
--   local store = rows.open "build/experiments/cache"
--   local row = store:get(key, function() return { psnr = measure() } end)
--
-- A key is a table of everything that decides the result, but for the library that computes it: every build has rows of its own.
-- A row is what came of it: numbers, strings, booleans and tables of them.
-- A row is a file of its own, written beside its place and renamed, so it is there whole or not at all, and many experiments can
-- share a store.

local core = require "srq.core"
local fingerprint = require "srq.experiment.fingerprint"
local json = require "srq.json"

local rows = {}

local Store = {}
Store.__index = Store

-- Returns the store in a folder, which is made where it is missing. `library` names the build whose rows are looked for; by default
-- it is the one that runs. Rows of a build that cannot be told are found by their own run alone.
function rows.open(folder, library)
    local made, message = core.system.make_folder(folder)
    if not made then error(message, 0) end
    if not library then
        local build = core.build()
        library = core.version .. " " .. (build ~= "" and build or ("run %d %s"):format(os.time(), {}))
    end
    return setmetatable({ folder = folder, library = library }, Store)
end

-- Returns where something of this key may lie; the extension tells a row's companions (a model, a state) apart.
function Store:path(key, extension)
    return ("%s/%s.%s"):format(self.folder, fingerprint.text(json.encode { library = self.library, key = key }), extension)
end

-- Returns the row of this key, or nil. One that was damaged, or that belongs to another key, does not count.
function Store:read(key)
    local file <close> = io.open(self:path(key, "row"), "rb")
    if not file then return nil end
    local sound, content = pcall(json.decode, file:read "a")
    if not sound or type(content) ~= "table" or type(content.key) ~= "table" then return nil end
    if content.library ~= self.library or json.encode(content.key) ~= json.encode(key) then return nil end
    return content.row
end

-- Writes the row of this key, in place of an earlier one.
function Store:write(key, row)
    local path, text = self:path(key, "row"), json.encode { library = self.library, key = key, row = row }
    local unfinished = ("%s.%s"):format(path, tostring(row):match "0x%x+$" or "new")
    local file, message = io.open(unfinished, "wb")
    if not file then error(message, 0) end
    local written = file:write(text, "\n")
    local closed = file:close()
    if not (written and closed and os.rename(unfinished, path)) then
        os.remove(unfinished)
        error(path .. ": cannot be written", 0)
    end
end

-- Returns the row of this key; `work` makes it where it is not there yet.
function Store:get(key, work)
    local row = self:read(key)
    if row == nil then
        row = work()
        self:write(key, row)
    end
    return row
end

return rows
