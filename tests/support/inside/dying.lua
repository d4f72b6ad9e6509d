-- For -j: the process that reads a trace with "dies" in its name ends as if it had crashed.
local ffi = require "ffi"
local trace = require "gotrace.trace.trace"

ffi.cdef [[
int getpid(void);
int kill(int pid, int signal);
]]

local set_current = trace.set_current

function trace.set_current(input, ...)
  if input.name:find "dies" then
    io.stdout:write "half of what it had to say"
    io.stdout:flush()
    ffi.C.kill(ffi.C.getpid(), 9)
  end
  return set_current(input, ...)
end
