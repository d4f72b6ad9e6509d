-- event.lua: `ev`, the event that a hook is called with, and its copies.
--
-- There is one ev, which shows whatever the current event is (fields.lua). It
-- is a userdata and not a table so that rawget, rawset and next cannot look
-- behind it.
local ffi = require "ffi"
local edit = require "gotrace.edit"
local fields = require "gotrace.fields"
local line = require("gotrace.line").line
local spec = require "gotrace.spec"

local cur, strict = fields.cur, fields.strict

-- The wire's argument as a number, or as digits where a number would round.
local function exact(value)
  local n = tonumber(value)
  if n < 2 ^ 53 then
    return n
  end
  return (tostring(value):gsub("ULL", ""))
end

-- Seconds and nanoseconds of wall clock at a time of the generation; nil when
-- the trace does not say.
local function wall_at(time, gen)
  if gen.has_clock == 0 then
    return nil
  end
  local ns = tonumber(gen.clock_nsec) + (time - tonumber(gen.clock_time))
  local carry = math.floor(ns / 1e9)
  return tonumber(gen.clock_sec) + carry, ns - carry * 1e9
end

local function current_row()
  return spec.rows[cur.e.type] or fields.no_event()
end

-- Methods work on the current event, whatever they are called on.
local methods = {}
local kept = setmetatable({}, { __mode = "k" })
local Copy = { __metatable = false }

function methods.raw()
  local raw = {}
  for _, arg in ipairs(current_row().args) do
    raw[arg.name] = exact(cur.e.arg[arg.at])
  end
  return raw
end

function methods.wall()
  return wall_at(tonumber(cur.e.time), cur.gen)
end

-- The arguments' names, in the table's order.
function methods.fields()
  return spec.shown_args(current_row())
end

-- A table with the fields themselves. The structs behind its methods are kept
-- where no script can reach them.
function methods.copy()
  local copy = {}
  for _, name in ipairs(fields.of_row(current_row())) do
    copy[name] = fields.get(name)
  end
  kept[copy] = {
    e = ffi.new("gotrace_event", cur.e[0]),
    gen = ffi.new("gotrace_generation", cur.gen[0]),
  }
  return setmetatable(copy, Copy)
end

-- Calls fn with the copied event as the current one.
local function at_copy(copy, fn)
  local k = kept[copy]
  if not k then
    error("call the methods of an event with a colon: ev:raw()", 3)
  end
  local e, gen = cur.e, cur.gen
  cur.e, cur.gen = k.e, k.gen
  local a, b = fn()
  cur.e, cur.gen = e, gen
  return a, b
end

local copy_methods = {}
for name, method in pairs(methods) do
  copy_methods[name] = function(copy)
    local a, b = at_copy(copy, method)
    return a, b
  end
  strict[name] = function()
    return method
  end
end

function Copy.__tostring(copy)
  local text = at_copy(copy, line)
  return text
end

local function has(list, wanted)
  for _, name in ipairs(list) do
    if name == wanted then
      return true
    end
  end
end

-- Reached for what the copy does not hold: methods, ids of none, mistakes.
function Copy.__index(copy, name)
  if copy_methods[name] then
    return copy_methods[name]
  elseif fields.hidden[name] then
    return fields.not_in_thread_order(name)
  end
  local row = spec.rows[kept[copy].e.type]
  if not has(fields.of_row(row), name) then
    return fields.no_field(row, name)
  end
end

local ev = newproxy(true)
local meta = getmetatable(ev)
meta.__metatable = false
meta.__tostring = line

-- With dots, as the getters (fields.lua).
local function index_event(_, name, ...)
  local get = strict[name]
  if get then
    return (get())
  end
  return fields.absent(name)
end

local function index_nothing()
  return fields.no_event()
end

local function set_event(_, name, value)
  return edit.set(name, value)
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

-- pairs(ev): the fields that are known, common ones first.
local function each_field()
  local list, i = fields.of_row(current_row()), 0
  return function()
    while i < #list do
      i = i + 1
      local value = fields.get(list[i])
      if value ~= nil then
        return list[i], value
      end
    end
  end
end

return {
  ev = ev,
  each_field = each_field,
  wall_at = wall_at,
  set_idle = set_idle,
  set_active = set_active,
}
