-- constant.lua: functions that can only say one thing.
local util = require "jit.util"
local vmdef = { }
local M = {}
function M.is_false(f)
  local info = util.funcinfo(f)
  if not info.bytecodes or info.bytecodes ~= 3 then return false end
  local kpri, ret = util.funcbc(f, 1), util.funcbc(f, 2)
  return bit.rshift(kpri, 16) == 1 and bit.band(ret, 0xff) == 0x4c
end
return M
