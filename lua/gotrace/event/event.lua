-- event.lua: `ev`, the event that a hook is called with, and its copies.
--
-- There is one ev, which shows whatever the event at work is: the view cur of
-- fields.lua. A copy has a view of its own. Neither is a table, so that rawget,
-- rawset and next cannot look behind it.
local ffi = require "ffi"
local edit = require "gotrace.event.edit"
local fields = require "gotrace.event.fields"
local line = require("gotrace.event.event_line").line
local proxy = require "gotrace.base.proxy"
local spec = require "gotrace.engine.event_table"

local cur, strict = fields.cur, fields.strict
local EVENT = ffi.sizeof "gotrace_event"
local GENERATION = ffi.sizeof "gotrace_generation"

-- The wire's argument as a number, or as digits where a number would round.
local function exact(value)
  local n = tonumber(value)
  if n < 2 ^ 53 then
    return n
  end
  return (tostring(value):gsub("ULL", ""))
end

-- What we write of a trace that has no clock: a wall clock that began when the
-- monotonic one did (src/api/writer.c, set_clock).
local function is_made_up(gen)
  return gen.clock_sec * 1000000000 + gen.clock_nsec == gen.clock_mono
end

-- Seconds and nanoseconds of wall clock at a time of the generation; nil when
-- the trace does not say.
local function wall_at(time, gen)
  if gen.has_clock == 0 or is_made_up(gen) then
    return nil
  end
  local ns = tonumber(gen.clock_nsec) + (time - tonumber(gen.clock_time))
  local carry = math.floor(ns / 1e9)
  return tonumber(gen.clock_sec) + carry, ns - carry * 1e9
end

local function row_of(view)
  return spec.rows[view.e.type] or fields.no_event()
end

-- What is called with a colon, by name; each gets a view.
local methods = {}

function methods.raw(view)
  local raw = {}
  for _, arg in ipairs(row_of(view).args) do
    raw[arg.name] = exact(view.e.arg[arg.at])
  end
  return proxy.in_order(raw)
end

function methods.wall(view)
  return wall_at(tonumber(view.e.time), view.gen)
end

-- The arguments' names, in the table's order.
function methods.fields(view)
  return spec.shown_args(row_of(view))
end

-- pairs of an event: the fields that are known, common ones first. All are read
-- before the first is handed out, since the iterator may outlive the event.
local function each_field(view)
  local names, values = {}, {}
  for _, name in ipairs(fields.of_row(row_of(view))) do
    local value = fields.get(view, name)
    if value ~= nil then
      names[#names + 1], values[#values + 1] = name, value
    end
  end
  return proxy.iterate(names, values)
end

local copy_methods = {}

local new_copy, views
new_copy, views = proxy.class("copy", "a copy is for reading; what a hook " ..
  "sets in ev is what is written", {
  __index = function(copy, name, ...)
    local method, get = copy_methods[name], strict[name]
    if method then
      return method
    elseif get then
      return (get(views[copy]))
    end
    return fields.absent(views[copy], name)
  end,
  __pairs = function(copy)
    return each_field(views[copy])
  end,
  __tostring = function(copy)
    return line(views[copy])
  end,
})

-- The structs are its own, and nothing in them is borrowed.
function methods.copy(view)
  row_of(view)
  local e, gen = ffi.new "gotrace_event", ffi.new "gotrace_generation"
  ffi.copy(e, view.e, EVENT)
  ffi.copy(gen, view.gen, GENERATION)
  gen.order, gen.order_len = nil, 0
  gen.experiments, gen.experiments_len = nil, 0
  local copy, words = { e = e, gen = gen }, fields.kept_words(view)
  if words then
    copy.words = words
  end
  return new_copy(copy)
end

-- Methods of ev are about the event at work, whatever they are called on.
local ev_methods = {}

-- No call of a method is the last thing that a function does: errors name their
-- caller by its level.
local function as_they_are(...)
  return ...
end

for name, method in pairs(methods) do
  ev_methods[name] = function()
    return as_they_are(method(cur))
  end
  copy_methods[name] = function(copy)
    local view = views[copy]
    if not view then
      error(("call the methods of an event with a colon: ev:%s()")
        :format(name), 2)
    end
    return as_they_are(method(view))
  end
  strict[name] = function()
    return ev_methods[name]
  end
end

local ev = newproxy(true)
local meta = getmetatable(ev)
meta.__metatable = false

-- With dots, as the getters (fields.lua).
function meta.__tostring(...)
  return (line(cur))
end

function meta.__pairs()
  return each_field(cur)
end
meta.__kind, meta.__concat = "event", proxy.concat

local function index_event(_, name, ...)
  local get = strict[name]
  if get then
    return (get(cur))
  end
  return fields.absent(cur, name)
end

local function index_nothing()
  return fields.no_event()
end

local function set_event(_, name, value)
  return edit.set(name, value)
end

-- view_of(value): what shows the event that a value is: ev that at hand, a copy
-- its own; nil of whatever else.
local function view_of(value)
  if rawequal(value, ev) then
    return cur
  end
  return views[value]
end

-- Between batches, and while a hook runs that has no event, a kept ev is good
-- for nothing.
local function set_idle()
  fields.set_idle()
  meta.__index, meta.__newindex = index_nothing, index_nothing
end

-- gen is borrowed like the batch. Whoever calls this sets cur.e.
local function set_active(gen)
  cur.gen = gen
  meta.__index, meta.__newindex = index_event, set_event
end

set_idle()

return {
  ev = ev,
  view_of = view_of,
  wall_at = wall_at,
  set_idle = set_idle,
  set_active = set_active,
}
