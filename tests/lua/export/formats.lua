-- formats: all that `writes` may say, as the program itself lists them: what goes through all of
-- them forgets no new one. Each has a bundled script of its name.
local program = require "support.program"

local list = {}
local r = program.run { "-n", "-e", 'writes = "no such format"' }
for name in assert(r.err:match "writes is one of ([^\n]*)", r.err):gmatch "[%l]+" do
  list[#list + 1] = name
end

return list
