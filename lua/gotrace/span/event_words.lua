-- event_words.lua: words to group by that events have as spans do: of the goroutine of an
-- event, as of the event.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local about = require("gotrace.event.fields").about
local maker = require("gotrace.span.fields").maker
local string_of = require("gotrace.engine.strings").string_of

local int64 = ffi.typeof "int64_t"
local getters = {}

function getters.func(view, ...)
  if view.e.g >= 0 then
    return (string_of(C.gotrace_spans_func(maker.handle, view.e.g)))
  end
end

function getters.region(view, ...)
  local name = view.e.g >= 0 and
    C.gotrace_spans_region(maker.handle, view.e.g) or 0
  if name > 0 then
    return (string_of(name))
  end
end

function getters.system(view, ...)
  local g = view.e.g
  if g >= 0 and (maker.has_names or
    C.gotrace_spans_func(maker.handle, g) > 0) then
    return C.gotrace_spans_system(maker.handle, g)
  end
end

function getters.task_name(view, ...)
  local task = view.e.g >= 0 and
    C.gotrace_spans_task_of(maker.handle, view.e.g) or 0ULL
  if int64(task) > 0 then
    return (string_of(C.gotrace_spans_task_name(maker.handle, task)))
  end
end

-- begin(), finish(): from when to when events have them.
local function begin()
  for name, get in pairs(getters) do
    about[name] = get
  end
end

local function finish()
  for name in pairs(getters) do
    about[name] = nil
  end
end

return { begin = begin, finish = finish }
