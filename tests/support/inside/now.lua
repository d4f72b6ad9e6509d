-- now: keeps the name of the test that runs in the file GOTRACE_NOW, so that who ends
-- a run that does not end can say where it was. For `busted --helper`.
local busted = require "busted"

local path = os.getenv "GOTRACE_NOW"
if path then
  busted.subscribe({ "test", "start" }, function(test)
    local file = assert(io.open(path, "w"))
    file:write(("%s:%d: %s\n"):format(test.trace.short_src, test.trace.currentline, test.name))
    file:close()
    return nil, true
  end)
end
