-- careful_next.lua: next, as ours and as scripts', where LuaJIT compiles it wrongly.
--
-- LuaJIT 2.1.0-beta3, which Debian 12 has, loses the upper half of a pointer where compiled
-- code exchanges the two registers in which next() returns: a crash, in one of some runs.
-- There it is not compiled. pairs has code of its own, and stays as it is.
local jit = require "jit"
local next, type = next, type

local function careful(t, key)
  if type(t) ~= "table" then
    error(("bad argument #1 to 'next' (table expected, got %s)"):format(
      type(t)), 2)
  end
  local found, value = next(t, key)
  if found == nil then
    return nil
  end
  return found, value
end

jit.off(careful)

if jit.version:find("beta", 1, true) then
  _G.next = careful
end
