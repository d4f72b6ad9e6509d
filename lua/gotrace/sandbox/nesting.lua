-- nesting.lua: library functions that call back from C, as scripts have them.
--
-- Each such call lies on the process's own stack, which LuaJIT does not watch:
-- when they have used their share of it they raise the error that Lua's own
-- stack has when it is full. The rest of it is for what nobody is asked about:
-- within one coroutine LuaJIT's limit ends string.format and the handlers of
-- xpcall at less than 3 MiB, and its parser at 200 levels.
local host = require "gotrace.engine.host"

local resume_raw, wrap_raw = coroutine.resume, coroutine.wrap
local gsub_raw, sort_raw = string.gsub, table.sort
local load_raw, type = load, type

-- 200 calls of gsub within each other. A coroutine takes 80 bytes, but each one
-- that an error leaves behind puts a line number before its message: 3000.
local _, size = host.stack_used()
local SHARE = math.min(2 ^ 21, size / 4)
local SHARE_OF_COROUTINES = SHARE / 8

-- Blames the line that called what calls this.
local function check(share)
  if host.stack_used() > share then
    error("stack overflow", 3)
  end
end

local calls_back = { ["function"] = true, table = true }

-- All end with tail calls: errors of the library name the script's line.
local function gsub(s, pattern, replacement, most)
  if calls_back[type(replacement)] then
    check(SHARE)
  end
  return gsub_raw(s, pattern, replacement, most)
end

local function resume(...)
  check(SHARE_OF_COROUTINES)
  return resume_raw(...)
end

local function wrap(f)
  if type(f) ~= "function" then
    return wrap_raw(f) -- its error
  end
  local run = wrap_raw(f)
  return function(...)
    check(SHARE_OF_COROUTINES)
    return run(...)
  end
end

local function sort(...)
  check(SHARE)
  return sort_raw(...)
end

-- LuaJIT's load, whose reader may load.
local function load_nested(chunk, ...)
  if type(chunk) == "function" then
    check(SHARE)
  end
  return load_raw(chunk, ...)
end

return { gsub = gsub, resume = resume, wrap = wrap, sort = sort,
  load = load_nested }
