-- memory.lua: the limit of memory, and how a run ends that meets it.
--
-- What Lua wants over it is an error that a script can catch, and of which our
-- own code may have been in the middle. So whoever caught it, the run ends: at
-- the next batch at the latest, with exit status 6.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local printable = require "gotrace.base.printable"

local met = ffi.cast("const bool *", host.memory_met)
local NO_MEMORY = tonumber(C.GOTRACE_NO_MEMORY)

-- set(limit): in bytes; nil: half of what there is.
local function set(limit)
  host.set_memory_limit(limit)
end

-- Whether Lua was refused memory.
local function is_met()
  return met[0]
end

-- What the user can do about it.
local function advice(what)
  local limit = host.memory_limit()
  if not limit then
    return "the machine has no more: close something else"
  end
  return ("--memory-limit raises it%s"):format(what)
end

-- stop(place): ends the run for what Lua wanted; place: what it was doing.
-- Garbage goes first, so that there is memory to say so.
local function stop(place)
  collectgarbage()
  errors.stop(errors.status.memory, host.memory_text() ..
    (place and "\n  " .. place or "") .. "\n  " ..
    advice "; a script needs less that keeps sums, not events")
end

-- Ends the run if Lua was refused memory, whoever caught that.
local function check(place)
  if met[0] then
    stop(place)
  end
end

-- Whether an error is a stop with a status that comes first, or is one of ours.
local function comes_first(problem)
  return errors.is_stop(problem) and problem.status ==
    errors.first(problem.status, errors.status.memory)
end

-- instead(problem, place): the error that a run is to end with.
local function instead(problem, place)
  if not met[0] or comes_first(problem) then
    return problem
  end
  local _, over = pcall(stop, place)
  return over
end

-- Whether the engine's status means that there was no memory.
local function is_refusal(status)
  return status == NO_MEMORY
end

-- refuse(shown, raw): ends the run for what the engine wanted; shown: of which
-- file, raw: its diag.
local function refuse(shown, raw)
  errors.stop(errors.status.memory, ("%s: %s\n  %s"):format(
    printable.line(shown), tostring(diag.of(raw)), advice ""))
end

return {
  set = set,
  is_met = is_met,
  stop = stop,
  check = check,
  instead = instead,
  is_refusal = is_refusal,
  refuse = refuse,
  advice = advice,
}
