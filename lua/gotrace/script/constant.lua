-- constant.lua: hooks that always say the same.
local util = require "jit.util"

-- function(a1, ..., an) return false end
local function make_false(n)
  local names = {}
  for i = 1, n do
    names[i] = "a" .. i
  end
  return load(("return function(%s) return false end"):format(
    table.concat(names, ", ")), "=constant", "t", {})()
end

local MOST = 8 -- parameters; more than a hook is called with, by far
local known = {} -- by number of parameters

for n = 0, MOST do
  known[n] = make_false(n)
end

-- Whether both have the same instructions. The first one says how the function
-- is entered, which changes as LuaJIT compiles it.
local function is_same_code(f, g, n)
  for pc = 1, n - 1 do
    if util.funcbc(f, pc) ~= util.funcbc(g, pc) then
      return false
    end
  end
  return true
end

-- is_false(f): whether all that f does is to return false. It is compared with
-- a function that does, so no instruction of any LuaJIT's has to be known here;
-- false for whatever is in doubt.
local function is_false(f)
  if type(f) ~= "function" then
    return false
  end
  local info = util.funcinfo(f)
  local like = not info.isvararg and known[info.params]
  if not like then
    return false
  end
  local n = util.funcinfo(like).bytecodes
  return info.bytecodes == n and info.upvalues == 0 and
    is_same_code(f, like, n)
end

return { is_false = is_false }
