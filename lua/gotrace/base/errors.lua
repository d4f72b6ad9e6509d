-- errors.lua: how a run ends early, and what the process says then.
--
-- A stop is an error value that carries its exit status and its whole text, so
-- that any depth of code can end the run and main.lua says it once.
--
-- In all messages the format is ours and may have several lines. The arguments
-- are data, a file's name or what a trace says, and none leaves its line. A
-- text that is made already is passed without arguments.
local host = require "gotrace.engine.host"
local printable = require "gotrace.base.printable"

local status = {
  done = 0,
  failed = 1, -- a script called fail
  usage = 2, -- wrong command line, or a script that does not load
  damaged = 3, -- the input is not all readable
  script = 4, -- a script's run-time error
  output = 5, -- cannot write
  memory = 6, -- over the memory limit
  -- Signals, as a shell reports them:
  hung_up = 129, -- HUP: the terminal is gone
  interrupted = 130, -- INT: Ctrl-C
  terminated = 143, -- TERM
}

-- Of several that hold the process has the first: what the caller did wrong, then
-- what kept the run from its end, then what was found.
local order = {
  status.usage, status.interrupted, status.terminated, status.hung_up,
  status.memory, status.output, status.script, status.failed, status.damaged,
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

-- text_of(value): what tostring says, if that is a string: objects of scripts
-- may fail there, or say anything.
local function text_of(value)
  if type(value) == "string" then
    return value
  elseif value == nil then
    return "an error without a message"
  end
  local meta = debug.getmetatable(value)
  local has_text = type(value) ~= "table" or meta and meta.__tostring
  local ok, text = pcall(tostring, value)
  return has_text and ok and type(text) == "string" and text or
    "error of type " .. type(value)
end

-- A script may catch a stop, and throw it again as it is. What it carries is
-- kept where no script reaches; a userdata has nothing that rawset could set.
local carried = setmetatable({}, { __mode = "k" })
local prototype = newproxy(true)
local meta = getmetatable(prototype)
meta.__metatable = false
function meta.__tostring(stop)
  return carried[stop].text
end
function meta.__index(stop, name)
  return carried[stop][name]
end
function meta.__newindex()
  error("what ends the run cannot be changed", 2)
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

local function make(code, text)
  local value = newproxy(prototype)
  carried[value] = { status = code, text = text }
  return value
end

local function stop(code, fmt, ...)
  error(make(code, fill(fmt, ...)), 0)
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
  return value ~= nil and carried[value] ~= nil
end

local place -- of what is read now, where that is a file

-- at(where, fn, ...): fn's value; a wrong usage that it finds is said to be there,
-- "recipe.yaml:3:5"; nil: nowhere but on the command line.
local function at(where, fn, ...)
  if not where then
    return fn(...)
  end
  local before = place
  place = where
  local ok, value = pcall(fn, ...)
  place = before
  if not ok then
    error(value, 0)
  end
  return value
end

-- usage(fmt, ...): ends with exit status 2.
local function usage(...)
  local where = place and printable.line(place) .. ": " or ""
  error(make(status.usage, where .. fill(...)), 0)
end

-- What a script says may have lines, too. None of them looks like a message of
-- its own.
local function indented(text)
  return (text:gsub("\n([^ \n])", "\n  %1"))
end

-- put_warning(text): a message that is made already, after what was printed so far.
local function put_warning(text)
  io.stdout:flush()
  io.stderr:write(text)
  io.stderr:flush()
end

local deliver = put_warning

-- set_deliver(fn): what becomes of messages, lines of stderr, from now on.
local function set_deliver(fn)
  deliver = fn
end

-- One message on stderr, after what was printed so far.
local function warn(fmt, ...)
  local text = indented(printable.text(fill(fmt, ...)))
  deliver("gotrace-lua: " .. text .. "\n")
end

return {
  status = status,
  first = first,
  stop = stop,
  is_stop = is_stop,
  text_of = text_of,
  catch_signals = catch_signals,
  signal_status = signal_status,
  interrupt = interrupt,
  is_interruption = is_interruption,
  at = at,
  usage = usage,
  warn = warn,
  put_warning = put_warning,
  set_deliver = set_deliver,
  fill = fill,
}
