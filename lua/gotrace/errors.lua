-- errors.lua: how a run ends early, and what the process says then.
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
  interrupted = 130, -- Ctrl-C, as a shell reports it
}

-- text_of(value): what tostring says, if that is a string: objects of scripts
-- may fail there, or say anything.
local function text_of(value)
  if type(value) == "string" then
    return value
  end
  local ok, text = pcall(tostring, value)
  return ok and type(text) == "string" and text or
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

local function stop(code, fmt, ...)
  local value = newproxy(prototype)
  carried[value] = {
    status = code,
    text = select("#", ...) > 0 and fmt:format(...) or fmt,
  }
  error(value, 0)
end

local function is_stop(value)
  return value ~= nil and carried[value] ~= nil
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
  text_of = text_of,
  usage = usage,
  warn = warn,
}
