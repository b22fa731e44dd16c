-- This module does pieces of work in turn, with a line about the time left before each.

local core = require "srq.core"

local jobs = {}

-- Returns a text of hours, minutes and seconds.
function jobs.clock_text(seconds)
    seconds = math.floor(seconds + 0.5)
    return ("%d:%02d:%02d"):format(seconds // 3600, seconds // 60 % 60, seconds % 60)
end

-- Does the jobs of a list in turn. A job is {title, weight, work}; weights are relative costs, from which the time left is
-- guessed.
function jobs.each(list)
    local left, done, began = 0, 0, core.system.clock()
    for _, job in ipairs(list) do left = left + job.weight end
    for i, job in ipairs(list) do
        local spent = core.system.clock() - began
        local guess = done > 0 and (", about %s left"):format(jobs.clock_text(spent / done * left)) or ""
        io.stderr:write(("[%d of %d] %s%s\n"):format(i, #list, job.title, guess))
        job.work()
        done, left = done + job.weight, left - job.weight
    end
end

return jobs
