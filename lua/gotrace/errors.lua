-- errors.lua: how a run ends early, and what the process says then.
local host = require "gotrace.host"
--
-- A stop is an error value that carries its exit status and its whole text, so
-- that any depth of code can end the run and main.lua says it once.

local status = {
  done = 0,
  failed = 1, -- a script called fail
  usage = 2, -- wrong command line, or a script that does not load
  damaged = 3, -- the input is not all readable
  script = 4, -- a script's run-time error
  output = 5, -- cannot write
  -- Signals, as a shell reports them:
  hung_up = 129, -- HUP: the terminal is gone
  interrupted = 130, -- INT: Ctrl-C
  terminated = 143, -- TERM
}

-- A script may see one through pcall, but not its metatable.
local Stop = { __metatable = false }
function Stop.__tostring(stop)
  return stop.text
end

local function make(code, text)
  return setmetatable({ status = code, text = text }, Stop)
end

local function stop(code, fmt, ...)
  local text = select("#", ...) > 0 and fmt:format(...) or fmt
  error(make(code, text), 0)
end

-- The error that ends a script when a signal has come: there is one of it, made
-- before memory can be short.
local interruption = make(status.interrupted, "")

local function is_interruption(value)
  return rawequal(value, interruption)
end

-- From now on a signal asks the run to end.
local function catch_signals()
  host.catch_signals(interruption)
end

-- The exit status of a run that a signal has ended.
local function signal_status()
  return 128 + host.signal()
end

local function interrupt()
  error(interruption, 0)
end

local function is_stop(value)
  return type(value) == "table" and debug.getmetatable(value) == Stop
end

-- usage(fmt, ...): ends with exit status 2.
local function usage(...)
  stop(status.usage, ...)
end

-- One message on stderr, after what was printed so far.
local function warn(fmt, ...)
  local text = select("#", ...) > 0 and fmt:format(...) or fmt
  io.stdout:flush()
  io.stderr:write("gotrace-lua: ", text, "\n")
  io.stderr:flush()
end

return {
  status = status,
  stop = stop,
  is_stop = is_stop,
  catch_signals = catch_signals,
  signal_status = signal_status,
  interrupt = interrupt,
  is_interruption = is_interruption,
  usage = usage,
  warn = warn,
}
