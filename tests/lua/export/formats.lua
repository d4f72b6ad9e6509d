-- formats: all that `writes` may say, as the program itself lists them: what goes through all of
-- them forgets no new one. Each has a bundled script of its name; `recording`, which makes
-- traces as they come, has record, and a spec of its own (recording_spec).
local program = require "support.program"

local list = {}
local r = program.run { "-n", "-e", 'writes = "no such format"' }
for name in assert(r.err:match "writes is one of ([^\n]*)", r.err):gmatch "[%l]+" do
  list[#list + 1] = name ~= "recording" and name or nil
end

return list
