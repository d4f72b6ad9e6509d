-- edit.lua: assignments to ev's fields: ev.name = "x".
--
-- A setter a field, made from the event table as the getters are (fields.lua).
-- All are reached by tail calls only, so that level 2 is the script's line.
local C = require "gotrace.engine.abi"
local argument = require "gotrace.event.argument"
local changes = require "gotrace.event.edits"
local fields = require "gotrace.event.fields"
local spec = require "gotrace.engine.event_table"

local cur, around = fields.cur, fields.around
local TIME_SET = tonumber(C.GOTRACE_TIME_SET)
local DROP = tonumber(C.GOTRACE_DROP)
local NO_PLACE = fields.NO_PLACE

local function refuse(name, fmt, ...)
  error(("cannot set ev.%s: "):format(name) .. fmt:format(...), 2)
end

local function unwanted(name, wanted, value)
  return refuse(name, "it wants %s, not %s", wanted, argument.shown(value))
end

-- Why the event at hand cannot be edited at all; nil when it can.
local function forbidden()
  if around.looking then
    return "scan hooks only look, edits belong into those of on"
  end
end

local setters = {}

-- Sets the argument if the type has it as this kind, else goes on.
local function setter(arg, places, otherwise)
  return function(value)
    local e = cur.e
    local at = places[e.type]
    if at == NO_PLACE then
      return otherwise(value)
    end
    local new, wanted = argument.of(spec.rows[e.type], arg, value)
    if new == nil then
      return unwanted(arg.name, wanted, value)
    elseif e.arg[at] ~= new then
      changes.before_edit(e)
      e.arg[at] = new
    end
  end
end

for name, kinds in pairs(fields.places) do
  local set = function()
    return fields.absent(cur, name)
  end
  for kind, places in pairs(kinds) do
    set = setter({ name = name, kind = kind }, places, set)
  end
  setters[name] = set
end

local set_stack = setters.stack
function setters.stack(value)
  if fields.places.stack.STACK[cur.e.type] == NO_PLACE then
    return refuse("stack", "%s has none", spec.rows[cur.e.type].name)
  end
  return set_stack(value)
end

-- The least time that e, the event at hand, may have: that of the event before
-- it on its thread. Where that one is not in the batch, it is not known how far
-- back it is; the last event before the batch will do, and what this allows too
-- much the engine moves.
local function earliest(e)
  if changes.is_added(e) then
    return tonumber(around.batch[e.at].time)
  end
  for i = changes.place(e) - 1, 0, -1 do
    local before = around.batch + i
    if before.home == e.home and before.verdict ~= DROP and
      spec.rows[before.type] then
      return tonumber(before.time)
    end
  end
  return around.before
end

function setters.time(value)
  local e = cur.e
  if not argument.is_whole(value) then
    return unwanted("time", "a whole number of ns from 0 to 2^53", value)
  end
  local least = earliest(e)
  if value < least then
    return refuse("time", "%.0f is before %.0f, the time of the event " ..
      "before it on its thread", value, least)
  elseif tonumber(e.time) ~= value then
    changes.before_edit(e)
    e.time = value
    e.flags = bit.bor(e.flags, TIME_SET)
  end
end

for _, name in ipairs { "m", "p", "g" } do
  setters[name] = function()
    return refuse(name, "the context is what happened; drop the event, and " ..
      "emit one with another context")
  end
end
setters.known = function()
  return refuse("known", "it is about the statuses before")
end
for _, name in ipairs { "type", "n", "gen", "off" } do
  setters[name] = function()
    return refuse(name, "it says where the event is from; drop the event, " ..
      "and emit another")
  end
end

-- set(name, value): ev[name] = value.
local function set(name, value)
  local why = forbidden()
  if why then
    return refuse(tostring(name), "%s", why)
  end
  local s = setters[name]
  if s then
    return s(value)
  end
  return fields.absent(cur, name)
end

return { set = set }
