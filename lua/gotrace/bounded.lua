-- bounded.lua: runs a function that may not take long: the main chunk of a
-- script that is to say what it is, and do nothing.
--
-- LuaJIT calls a count hook in interpreted code alone, so the compiler must be
-- off (compiler.lua), and C code that is slow by itself is not bounded.
local GRANTED = 1e8 -- instructions: less than a second

-- pcall catches this, too: once the time is over each instruction raises it,
-- also those behind the pcall.
local function over()
  debug.sethook(over, "", 1)
  error("it takes too long to load: nothing more than that was wanted here", 0)
end

-- bounded(fn, handler): as xpcall. There is one hook: the host's, of a signal or
-- of the memory limit, ends scripts by itself, may come at any time, and stays.
local function bounded(fn, handler)
  local hook, mask, count = debug.gethook()
  if hook and type(hook) ~= "function" then
    return xpcall(fn, handler)
  end
  local function release()
    if debug.gethook() == over then
      debug.sethook(hook, mask, count)
    end
  end
  debug.sethook(over, "", GRANTED)
  local ok, result = xpcall(fn, function(what)
    release()
    return handler(what)
  end)
  release()
  return ok, result
end

return bounded
