-- Runs the topics named on the command line, or all of them.

local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/support/?.lua;" .. package.path

local check = require "check"
local samples = require "samples"
require("srq.progress").style = "none"

local topics = {
    "options", "option_lists", "model", "images", "quantization", "progress", "evaluation", "upscale", "image", "paths", "system",
    "json", "arguments", "errors", "memory", "locale", "levels", "report/tables", "report/report", "report/plot", "experiment/rows",
    "experiment/costs", "experiment/grid",
    "experiment/sensitivity", "experiment/timings", "experiment/records",
    "experiments", "library", "host",
}
if #arg > 0 then topics = table.move(arg, 1, #arg, 1, {}) end

for _, topic in ipairs(topics) do
    local passed, failed = check.passed, #check.failures
    local chunk = assert(loadfile(("%s/%s.lua"):format(here, topic)))
    chunk()
    print(("%-23s %d passed, %d failed"):format(topic, check.passed - passed, #check.failures - failed))
end

samples.remove()
print(("Lua: %d passed, %d failed"):format(check.passed, #check.failures))
os.exit(#check.failures == 0 and check.passed > 0, true)
