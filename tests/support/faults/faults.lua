-- System calls that fail, for programs that specs run: faults.c says which can.
local program = require "support.program"

local faults = {}
local library

-- faults.env(what): what stands before a command line, so that the calls of that
-- program fail; what is said of FAULTS in faults.c.
function faults.env(what)
  if not library then
    library = os.tmpname()
    local source = program.root .. "tests/support/faults/faults.c"
    assert(os.execute(("cc -D_GNU_SOURCE -shared -fPIC -o %s %s -ldl"):format(library, source)) == 0)
  end
  return ('FAULTS="%s" LD_PRELOAD="$GOTRACE_PRELOAD:%s"'):format(what, library)
end

-- Removes what env made.
function faults.clean()
  if library then
    os.remove(library)
    library = nil
  end
end

return faults
