-- paths.lua: the fast paths that this run may take (src/read/plan.h).
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local errors = require "gotrace.base.errors"
local suggest = require "gotrace.base.suggest"

local names, bits = {}, {}
for i = 0, 31 do
  local name = C.gotrace_path_name(i)
  if name == nil then
    break
  end
  names[i + 1] = ffi.string(name)
  bits[names[i + 1]] = bit.lshift(1, i)
end

-- takes(name): whether that path may be taken.
local function takes(name)
  return bit.band(C.gotrace_paths(), bits[name]) ~= 0
end

-- asked(): what GOTRACE_PATHS says, nil for nothing. A word that is no path ends
-- the run: it would be tested less than somebody means to.
local function asked()
  local list = os.getenv "GOTRACE_PATHS"
  if not list or list == "" then
    return nil
  elseif list ~= "slow" then
    for name in (list .. ","):gmatch "([^,]*)," do
      if not bits[name] then
        errors.usage('GOTRACE_PATHS: no path is called "%s"%s; there are %s',
          name, suggest.hint(name, names), table.concat(names, ", "))
      end
    end
  end
  return list
end

return { takes = takes, asked = asked }
