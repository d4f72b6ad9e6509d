-- argument.lua: Lua values as the arguments of events, checked: what a script
-- assigns to a field, or gives to emit.
local ffi = require "ffi"
local fields = require "gotrace.event.fields"
local names = require "gotrace.engine.strings"
local proxy = require "gotrace.base.proxy"
local stacks = require "gotrace.engine.stacks"

local NONE = ffi.cast("uint64_t", -1LL) -- of a double it would be 2^63
local MOST = 2 ^ 53 -- whole numbers are exact up to here
local LONGEST = 1024 -- bytes of a string that Go's reader takes

local function is_whole(value)
  return type(value) == "number" and value >= 0 and value <= MOST and
    value % 1 == 0
end

-- Whether it is an id as events have it: those beyond 2^53 are not exact.
local function is_id(value)
  return type(value) == "number" and value >= 0 and value <= 2 ^ 63 and
    value % 1 == 0
end

-- By kind of argument: what the engine keeps for a value; nil and what is
-- wanted if the value will not do.
local of = {}

function of.NUM(value)
  if is_whole(value) then
    return value
  end
  return nil, "a whole number from 0 to 2^53"
end

function of.G(value)
  if is_whole(value) then
    return value
  end
  return nil, "an id, a whole number from 0 on"
end
of.P, of.M, of.TASK = of.G, of.G, of.G

function of.STR(value)
  if type(value) ~= "string" then
    return nil, "a string"
  elseif #value > LONGEST then
    return nil, "a string of at most 1024 bytes"
  end
  return names.id_of(value)
end

function of.STACK(value)
  return stacks.id_of(value), "a stack of this run, or nil for none"
end

for _, kind in ipairs { "GSTATUS", "PSTATUS" } do
  local words = fields.words[kind]
  local wanted = "one of " .. table.concat(words, ", ")
  local numbers = {}
  for number, word in ipairs(words) do
    numbers[word] = number
  end
  of[kind] = function(value)
    return numbers[value], wanted
  end
end

-- What stands for no id, where an event can do without: a status of what runs
-- nowhere, a root task. Logs and regions of no task are the background task's.
local none = {
  GoStatus = { target_m = NONE },
  GoStatusStack = { target_m = NONE },
  ProcSteal = { target_m = NONE },
  UserTaskBegin = { parent_task = NONE },
  UserRegionBegin = { task = 0 },
  UserRegionEnd = { task = 0 },
  UserLog = { task = 0 },
}

-- nil for an id or a word that the event says nothing without.
local function default(row, arg)
  if arg.kind == "NUM" or arg.kind == "STR" or arg.kind == "STACK" or
    arg.kind == "SEQ" then
    return 0
  end
  return none[row.name] and none[row.name][arg.name]
end

-- of_event(row, arg, value): the same for an event's argument, which may be
-- nil where it can do without.
local function of_event(row, arg, value)
  if value ~= nil or arg.kind == "NUM" or arg.kind == "STR" then
    return of[arg.kind](value)
  end
  local free = default(row, arg)
  if free then
    return free
  end
  local _, wanted = of[arg.kind](value)
  return nil, wanted
end

-- "2.5", or `"abc"`, or what kind of thing it is.
local function shown(value)
  local kind = type(value)
  if kind == "string" then
    return #value > 40 and ("a string of %d bytes"):format(#value) or
      ("%q"):format(value)
  elseif kind == "number" or kind == "boolean" or value == nil then
    return tostring(value)
  end
  kind = proxy.kind(value)
  return (kind:find "^[aeiou]" and kind ~= "userdata" and "an " or "a ") .. kind
end

return {
  of = of_event,
  default = default,
  is_whole = is_whole,
  is_id = is_id,
  shown = shown,
}
