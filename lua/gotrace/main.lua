-- main.lua: what the process does: run the command line, say how it ended, and
-- lose nothing that was printed.
require("gotrace.compiler").pause()
local errors = require "gotrace.errors"
local output = require "gotrace.output"
local seal = require "gotrace.seal"
local cli = require "gotrace.cli"

-- A stop is how every foreseen ending looks; anything else is a mistake of ours
-- and goes on to the host with its traceback.
local function guarded(fn, ...)
  local ok, result = xpcall(fn, function(what)
    if errors.is_stop(what) then
      return what
    end
    return debug.traceback(errors.text_of(what), 2)
  end, ...)
  if ok then
    return result
  elseif not errors.is_stop(result) then
    error(result, 0)
  end
  if result.text ~= "" then
    errors.warn("%s", result.text)
  end
  return result.status
end

return function(...)
  seal.close()
  local status = guarded(cli, { ... })
  local flushed = guarded(output.flush)
  return flushed or status
end
