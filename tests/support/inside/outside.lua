-- Judges what a script can reach. GOTRACE_LUA_INIT names this file; it gives
-- scripts a function `judge(value)`, which says what of the outside can be
-- found from the value, or nil.
--
-- The outside: all that hangs on the real globals or on a module of the system
-- or of ours, the registry, and memory (pointers and arrays of FFI), but for
-- what a new script is given.
local ffi = require "ffi"
local globals, registry, loaded = _G, debug.getregistry(), package.loaded
local type, next, pairs, getmetatable, select = type, next, pairs, getmetatable, select
local tostring, find, getinfo, getfenv = tostring, string.find, debug.getinfo, getfenv
local scalar = { ["nil"] = true, number = true, string = true, boolean = true }

local systems = {}
for name, module in pairs(loaded) do
  systems[name] = module
end
for _, name in pairs { "jit.util", "jit.opt", "string.buffer" } do
  systems[name] = require(name)
end

-- Visits value and what hangs on it, down to that depth.
local function walk(value, depth, visit, seen, path)
  if scalar[type(value)] or seen[value] then
    return
  end
  seen[value] = true
  local found = visit(value, path)
  if found or depth == 0 then
    return found
  end
  local meta = getmetatable(value)
  found = type(meta) == "table" and walk(meta, depth - 1, visit, seen, path .. " metatable")
  if type(value) == "table" then
    for key, member in next, value do
      found = found or walk(key, depth - 1, visit, seen, path .. " key") or
        walk(member, depth - 1, visit, seen, path .. "." .. (scalar[type(key)] and tostring(key) or "?"))
    end
  end
  return found
end

local outside -- value -> its name

local function note(value, path)
  outside[value] = path
end

local function forgive(value)
  outside[value] = nil
end

local function find_outside(sandbox)
  outside = {}
  local seen = {}
  walk(globals, 3, note, seen, "_G")
  walk(systems, 3, note, seen, "system")
  for name, module in pairs(loaded) do
    walk(module, 1, note, seen, name)
  end
  outside[registry] = "registry"
  local inside = { sandbox.environment(), loaded["gotrace.tables.agg"].library, loaded["gotrace.printing.format"],
    loaded["gotrace.base.regexp"], loaded["gotrace.event.event"].ev, loaded["gotrace.trace.trace"].current }
  for _, value in pairs(inside) do
    walk(value, 2, forgive, {}, "")
  end
  for _, module in pairs { "printing.format", "base.regexp" } do
    outside[loaded["gotrace." .. module]] = "gotrace." .. module
  end
  outside[loaded["gotrace.tables.agg"].library] = "library"
end

local own = getinfo(1, "S").source

-- Whether value is a function of a script that runs in the real globals.
local function is_loose(value)
  local info = type(value) == "function" and getinfo(value, "S")
  return info and info.what ~= "C" and getfenv(value) == globals and not find(info.source, "^@lua/gotrace/") and
    info.linedefined >= 0 and info.source ~= own -- -1: of LuaJIT's own
end

local function judge_one(value, path)
  if outside[value] then
    return path .. " is " .. outside[value]
  elseif is_loose(value) then
    return path .. " runs in the real globals"
  end
  local name = type(value) == "cdata" and tostring(ffi.typeof(value))
  if name and find(name, "[%*%[%(]") and not find(name, "^ctype<struct") then
    return path .. " is memory: " .. name
  end
end

local load_sandbox = package.preload["gotrace.sandbox.sandbox"]
package.preload["gotrace.sandbox.sandbox"] = function(...)
  local sandbox = load_sandbox(...)
  local environment = sandbox.environment
  local function judge(...)
    if not outside then
      find_outside({ environment = environment })
    end
    for i = 1, select("#", ...) do
      local found = walk((select(i, ...)), 6, judge_one, {}, "result " .. i)
      if found then
        return found
      end
    end
  end
  sandbox.environment = function()
    local env = environment()
    env.judge = judge
    return env
  end
  return sandbox
end
