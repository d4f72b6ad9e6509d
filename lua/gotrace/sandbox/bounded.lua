-- bounded.lua: runs a function that may not take long: the main chunk of a
-- script that is to say what it is, and do nothing.
--
-- LuaJIT calls a count hook in interpreted code alone, so the compiler must be
-- off (compiler.lua). A hook that raises an error is at work until a pcall
-- catches that, and no hook is called meanwhile: hence the functions that a
-- bounded script has in place of the library's. What is slow in C, where no hook
-- comes, ends the process.
local host = require "gotrace.engine.host"

local SECONDS, HARD = 1, 3
local TOO_LONG = "it takes too long to load: nothing more than that was " ..
  "wanted here"
local LAST_WORDS = "gotrace-lua: a script cannot be loaded: " .. TOO_LONG ..
  "\n"
local STEP = 10000 -- instructions between two looks at the clock

local clock = os.clock
local last -- when it is to be over

-- Functions of this file that a hook does not end.
local own = setmetatable({}, { __mode = "k" })

-- pcall catches this, too: once the time is over each instruction raises it,
-- also those behind the pcall.
local function look()
  if clock() < last then
    return
  end
  debug.sethook(look, "", 1)
  if not own[debug.getinfo(2, "f").func] then
    error(TOO_LONG, 0)
  end
end

-- run(fn, handler): as xpcall. There is one hook: the host's, of a signal or of
-- the memory limit, ends scripts by itself, may come at any time, and stays.
local function run(fn, handler)
  local hook, mask, count = debug.gethook()
  if hook and type(hook) ~= "function" then
    return xpcall(fn, handler)
  end
  last = clock() + SECONDS
  debug.sethook(look, "", STEP)
  host.limit_cpu(HARD, LAST_WORDS)
  local ok, result = xpcall(fn, handler)
  host.limit_cpu(0)
  if debug.gethook() == look then
    debug.sethook(hook, mask, count)
  end
  return ok, result
end
own[run] = true

local function handled(handler, ok, ...)
  if ok then
    return true, ...
  end
  return false, handler(...)
end

-- xpcall whose handler runs when the error is caught already.
local function xpcall_behind(fn, handler, ...)
  return handled(handler, pcall(fn, ...))
end

local function raised(ok, ...)
  if ok then
    return ...
  end
  error((...), 0)
end
own[raised] = true

-- The body of a coroutine that catches what a hook raises, and raises it again.
local function caught(fn)
  local function body(...)
    return raised(pcall(fn, ...))
  end
  own[body] = true
  return body
end

-- What a reader for load yields, in one piece.
local function read(reader)
  local pieces = {}
  local piece = reader()
  while type(piece) == "string" and piece ~= "" do
    pieces[#pieces + 1] = piece
    piece = reader()
  end
  return table.concat(pieces)
end

-- limit(env): puts them into a script's environment.
local function limit(env)
  local function prepare(library, name, change)
    local raw = library[name]
    library[name] = function(fn, ...)
      return raw(type(fn) == "function" and change(fn) or fn, ...)
    end
  end
  env.xpcall = xpcall_behind
  prepare(env, "load", read)
  prepare(env.coroutine, "create", caught)
  prepare(env.coroutine, "wrap", caught)
end

return { run = run, limit = limit }
