-- Writes the small network and pictures of the Lua tests into the folder that is the first argument.

package.path = "Tests/lua/support/?.lua;" .. package.path
local samples = require "samples"
samples.network()
samples.pictures()
samples.references()
samples.write("damaged.png", "\137PNG\r\n\26\n and nothing more")
assert(os.execute(("mkdir -p '%s' && cp -r '%s/.' '%s/'"):format(arg[1], samples.folder, arg[1])))
samples.remove()
