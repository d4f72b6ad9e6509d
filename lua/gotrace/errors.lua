-- errors.lua: how a run ends early, and what the process says then.
--
-- A stop is an error value that carries its exit status and its whole text, so
-- that any depth of code can end the run and main.lua says it once.
--
-- In all messages the format is ours and may have several lines. The arguments
-- are data, a file's name or what a trace says, and none leaves its line. A
-- text that is made already is passed without arguments.
local printable = require "gotrace.printable"

local status = {
  done = 0,
  failed = 1, -- a script called fail
  usage = 2, -- wrong command line, or a script that does not load
  damaged = 3, -- the input is not all readable
  script = 4, -- a script's run-time error
  output = 5, -- cannot write
  memory = 6, -- over the memory limit
  interrupted = 130, -- Ctrl-C, as a shell reports it
}

-- Of several that hold the process has the first: what the caller did wrong, then
-- what kept the run from its end, then what was found.
local order = {
  status.usage, status.interrupted, status.memory, status.output, status.script,
  status.failed, status.damaged,
}

-- first(a, b): the one of two statuses that the process ends with.
local function first(a, b)
  for _, code in ipairs(order) do
    if a == code or b == code then
      return code
    end
  end
  return status.done
end

-- A script may see one through pcall, but not its metatable.
local Stop = { __metatable = false }
function Stop.__tostring(stop)
  return stop.text
end

-- The message: fmt itself where there is nothing to fill in.
local function fill(fmt, ...)
  local n = select("#", ...)
  if n == 0 then
    return fmt
  end
  local args = { ... }
  for i = 1, n do
    local arg = args[i]
    args[i] = type(arg) == "string" and printable.line(arg) or arg
  end
  return fmt:format(unpack(args, 1, n))
end

local function stop(code, fmt, ...)
  error(setmetatable({ status = code, text = fill(fmt, ...) }, Stop), 0)
end

local function is_stop(value)
  return type(value) == "table" and debug.getmetatable(value) == Stop
end

-- usage(fmt, ...): ends with exit status 2.
local function usage(...)
  stop(status.usage, ...)
end

-- What a script says may have lines, too. None of them looks like a message of
-- its own.
local function indented(text)
  return (text:gsub("\n([^ \n])", "\n  %1"))
end

-- One message on stderr, after what was printed so far.
local function warn(fmt, ...)
  local text = fill(fmt, ...)
  io.stdout:flush()
  io.stderr:write("gotrace-lua: ", indented(printable.text(text)), "\n")
  io.stderr:flush()
end

return {
  status = status,
  first = first,
  stop = stop,
  is_stop = is_stop,
  usage = usage,
  warn = warn,
  fill = fill,
}
