-- abi.lua: the engine as FFI sees it.
--
-- C and Lua share one text, src/gotrace.h and gotrace_lua.h: what is declared here cannot differ
-- from what was compiled. What could (a struct that the two compilers lay out
-- differently, a program linked with another engine) is checked at load.
local ffi = require "ffi"
local host = require "gotrace.engine.host"

ffi.cdef(host.file "src/gotrace.h")
ffi.cdef(host.file "src/gotrace_lua.h")

local C = ffi.C

local function check(ok, ...)
  if not ok then
    error("the program and its Lua do not fit together: " ..
      string.format(...), 0)
  end
end

check(C.gotrace_abi() == C.GOTRACE_ABI, "ABI %d, expected %d",
  C.gotrace_abi(), C.GOTRACE_ABI)
for name, size in pairs(host.sizes) do
  check(ffi.sizeof(name) == size, "%s has %d bytes, expected %d",
    name, ffi.sizeof(name), size)
end

return C
