-- span.lua: `s`, the span that a hook is called with, and its copies.
--
-- As there is one ev, there is one s, which shows the span at hand. It is for
-- reading: spans say what happened.
local ffi = require "ffi"
local fields = require "gotrace.span.fields"
local line = require("gotrace.span.span_line").line
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local cur, getters = fields.cur, fields.getters
local SPAN = ffi.sizeof "gotrace_span"
local ADVICE = "spans say what happened, and are for reading"

local names = { "stats", unpack(fields.names) }

local function no_field(name)
  error(('a span has no field "%s"%s; it has %s, stats'):format(
    tostring(name), suggest.hint(tostring(name), names),
    table.concat(fields.names, ", ")), 3)
end

local function each_field(view)
  local list, values = {}, {}
  for _, name in ipairs(fields.names) do
    local value = getters[name](view)
    if value ~= nil then
      list[#list + 1], values[#values + 1] = name, value
    end
  end
  return proxy.iterate(list, values)
end

local new_copy, views

local function not_called(name)
  error(("call the methods of a span with a colon: s:%s()"):format(name), 3)
end

-- What a copy does not read from its struct.
local kept = { task_name = true, waker_func = true, stats = true }

local function value_of(view, name)
  if view ~= cur and kept[name] then
    return view[name]
  end
  return (getters[name](view))
end

local function copy_of(view)
  local struct = ffi.new "gotrace_span"
  ffi.copy(struct, view.s, SPAN)
  return new_copy {
    s = struct,
    task_name = value_of(view, "task_name"),
    waker_func = value_of(view, "waker_func"),
    stats = fields.is_accounted(view.s.kind) and value_of(view, "stats") or nil,
  }
end

local copy_methods = {}

function copy_methods.copy(copy)
  local view = views[copy]
  if not view then
    not_called "copy"
  end
  return (copy_of(view))
end

new_copy, views = proxy.class("span", ADVICE, {
  __index = function(copy, name, ...)
    if getters[name] then
      return (value_of(views[copy], name))
    end
    return copy_methods[name] or no_field(name)
  end,
  __pairs = function(copy)
    return each_field(views[copy])
  end,
  __tostring = function(copy)
    return line(views[copy])
  end,
})

local span = newproxy(true)
local meta = getmetatable(span)
meta.__metatable = false

local function check_at_hand()
  if fields.is_idle() then
    error("there is no current span here; s:copy() keeps one", 3)
  end
end

local function copy_current(self)
  if self ~= span then
    not_called "copy"
  end
  check_at_hand()
  return (copy_of(cur))
end

function meta.__index(_, name, ...)
  local get = getters[name]
  if get and not fields.is_idle() then
    return (get(cur))
  end
  check_at_hand()
  return name == "copy" and copy_current or no_field(name)
end

function meta.__newindex(_, name)
  error(("cannot set span.%s: %s"):format(tostring(name), ADVICE), 2)
end

function meta.__pairs()
  check_at_hand()
  return each_field(cur)
end

function meta.__tostring(...)
  return (line(cur))
end

-- view_of(value): of s or a copy what getters take; nil for whatever else.
local function view_of(value)
  return value == span and cur or views[value]
end

-- copy(struct): a copy of the span in a struct, which is nobody else's.
local function copy(struct)
  return (new_copy { s = struct })
end

return { span = span, view_of = view_of, copy = copy }
