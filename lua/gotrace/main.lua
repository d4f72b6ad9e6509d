-- main.lua: what the process does: run the command line, say how it ended, and
-- lose nothing that was printed.
require "gotrace.base.careful_next"
require("gotrace.run.compiler").pause()
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local memory = require "gotrace.engine.memory"
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local seal = require "gotrace.engine.seal"
local cli = require "gotrace.cli.cli"

-- A stop is how every foreseen ending looks; anything else is a mistake of ours
-- and goes on to the host with its traceback. Who was told to end by a signal ends
-- with its status, whatever scripts did to finish.
local function guarded(fn, ...)
  local ok, result = xpcall(fn, function(what)
    if errors.is_stop(what) then
      return what
    end
    return debug.traceback(errors.text_of(what), 2)
  end, ...)
  if ok then
    return result
  end
  result = memory.instead(result)
  if not errors.is_stop(result) then
    error(printable.text(result), 0)
  end
  if errors.is_interruption(result) then
    return errors.signal_status()
  elseif result.text ~= "" then
    errors.warn(result.text)
  end
  return host.signal() and errors.first(result.status, errors.signal_status())
    or result.status
end

return function(...)
  seal.close()
  local status = guarded(cli, { ... })
  local flushed = guarded(output.flush)
  return flushed and errors.first(flushed, status) or status
end
