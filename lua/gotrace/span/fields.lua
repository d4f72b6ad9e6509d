-- fields.lua: a span's fields, read from the engine's struct.
--
-- Getters take a view, { s }, as those of events do (event/fields.lua): `cur`,
-- the span at hand, or a copy's own. What a span of that kind does not have is
-- nil; a name that no span has is an error.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local event_fields = require "gotrace.event.fields"
local lazy = require("gotrace.base.lazy").of
local names = require "gotrace.engine.strings"
local wait = require "gotrace.span.wait"

local id_of = event_fields.id_of
local string_of, stack_of = names.string_of, names.stack_of
local NO_REASON = tonumber(C.GOTRACE_NO_REASON)

local kinds = { [0] = "state", "proc", "stw", "gc", "sweep", "assist",
  "region", "task", "goroutine" }
local by_kind = {}
for id, name in pairs(kinds) do
  by_kind[name] = id
end
local STATE, PROC, REGION = by_kind.state, by_kind.proc, by_kind.region
local TASK, GOROUTINE = by_kind.task, by_kind.goroutine
local has_stats = { [REGION] = true, [TASK] = true, [by_kind.assist] = true }

local states = { [0] = false, "Runnable", "Running", "Syscall", "Waiting",
  "Idle", "NotExist" }
local state_ids = {} -- by name
for id, name in ipairs(states) do
  state_ids[name] = id
end
local RUNNABLE, SYSCALL, WAITING, NOT_EXIST = 1, 3, 4, 6

local idle_span = ffi.new "gotrace_span"
local cur = ffi.new "struct { const gotrace_span *s; }"
-- What made the spans at hand (handle; nil: nothing), the kinds, as a mask, of which it keeps
-- an account of what lies in spans, and whether all names are known.
-- turn: another number for each time that events have gone to it.
local maker = { handle = nil, accounts = 0, has_names = false, turn = 0 }

-- is_accounted(kind): whether spans of a kind have stats as they are told.
local function is_accounted(kind)
  return bit.band(bit.rshift(maker.accounts, kind), 1) == 1
end

local function set_idle()
  cur.s = idle_span
end
set_idle()

local function id(field)
  return function(view, ...)
    return (id_of(view.s[field]))
  end
end

local int64 = ffi.typeof "int64_t"

-- Of a task the highest bit says that there is none.
local function task(field)
  return function(view, ...)
    return (id_of(int64(view.s[field])))
  end
end

local function time(field)
  return function(view, ...)
    return (tonumber(view.s[field]))
  end
end

local function event_number(field)
  return function(view, ...)
    local n = tonumber(view.s[field])
    return n > 0 and n or nil
  end
end

local function stack(field)
  return function(view, ...)
    return (stack_of(view.s[field]))
  end
end

local sides = { [0] = false, "begin", "end", "both" }

local function side(field)
  return function(view, ...)
    return sides[view.s[field]] or nil
  end
end

local function state(field)
  return function(view, ...)
    return states[view.s[field]] or nil
  end
end

-- What only spans of one kind have.
local function of_kind(kind, get)
  return function(view, ...)
    if view.s.kind == kind then
      return (get(view))
    end
  end
end

local function about_goroutine(get)
  return function(view, ...)
    if view.s.g >= 0 then
      return (get(view))
    end
  end
end

local getters = {
  kind = function(view, ...)
    return kinds[view.s.kind]
  end,
  from = time "from",
  to = time "to",
  dur = function(view, ...)
    return (tonumber(view.s.to - view.s.from))
  end,
  g = id "g",
  p = id "p",
  m = id "m",
  task = task "task",
  stack = stack "stack",
  end_stack = stack "end_stack",
  open = side "open",
  clipped = side "clipped",
  begin_n = event_number "begin_n",
  end_n = event_number "end_n",
  state = state "state",
  prev = state "prev",
  next = state "next",
  waker = id "waker",
  waker_stack = of_kind(STATE, stack "waker_stack"),
  depth = of_kind(REGION, time "depth"),
  self = of_kind(REGION, time "self"),
  parent = of_kind(TASK, task "parent"),
}

function getters.name(view, ...)
  local kind = view.s.kind
  if kind == STATE or kind == PROC then
    return states[view.s.state]
  end
  return (string_of(kind == GOROUTINE and view.s.func or view.s.name))
end

function getters.reason(view, ...)
  local reason = view.s.reason
  if reason ~= NO_REASON then
    return (string_of(reason))
  end
end

-- What it waited for: the reason, with the collector where that is behind it. As place, not
-- among those that are shown.
function getters.cause(view, ...)
  local reason = getters.reason(view)
  if reason then
    return (wait.cause(reason, stack_of(view.s.stack)))
  end
end

function getters.blocked(view, ...)
  if view.s.kind == STATE and view.s.state == SYSCALL then
    return (id_of(view.s.blocked))
  end
end

getters.func = about_goroutine(function(view)
  return (string_of(view.s.func))
end)

-- The function of who woke it; "" of one without a name, nil: nobody did. As place, not
-- among those that are shown.
function getters.waker_func(view, ...)
  local waker = getters.waker(view)
  if waker and maker.handle then
    return (string_of(C.gotrace_spans_func(maker.handle, waker)))
  end
end

-- Not before its function is known, or that it has none.
getters.system = about_goroutine(function(view)
  if view.s.func > 0 or maker.has_names then
    return view.s.system ~= 0
  end
end)

-- Where it began in the program's own code; not in the list of those that are shown, as
-- the stack is.
function getters.place(view, ...)
  local at = stack_of(view.s.stack)
  if #at > 0 then
    return at.user
  end
end

-- The stack of the event that began a state: that of whoever made it runnable, of what it
-- did itself its own. As place, not among those that are shown.
getters.event_stack = of_kind(STATE, function(view)
  local s = view.s
  local at = s.bare == 0 and s.stack or 0
  if s.state == RUNNABLE and (s.prev == WAITING or s.prev == NOT_EXIST) then
    at = s.waker_stack
  end
  return at > 0 and stack_of(at) or nil
end)

function getters.region(view, ...)
  if view.s.region > 0 then
    return (string_of(view.s.region))
  end
end

function getters.task_name(view, ...)
  local task_id = getters.task(view)
  if task_id and task_id > 0 and maker.handle then
    return (string_of(C.gotrace_spans_task_name(maker.handle, view.s.task)))
  end
end

local stats = lazy "gotrace.span.stats"
local raw_stats = ffi.new "gotrace_stats"
local reason, ns = ffi.new "uint32_t[1]", ffi.new "int64_t[1]"

local function block_by(number)
  local by, i = {}, 0
  while C.gotrace_spans_stats_block(maker.handle, number, i, reason, ns) do
    by[string_of(reason[0])] = tonumber(ns[0])
    i = i + 1
  end
  return by
end

-- stats_at(number): what the engine keeps under a number; nil for 0.
local function stats_at(number)
  if number > 0 and C.gotrace_spans_stats(maker.handle, number, raw_stats) then
    return (stats().of(raw_stats, block_by(number)))
  end
end

-- Of a part that is in a window nothing is known. A copy has its own (span.lua).
function getters.stats(view, ...)
  if has_stats[view.s.kind] and not is_accounted(view.s.kind) then
    event_fields.raise("nothing is known of the stats of spans here: say " ..
      'needs = "spans" at the top of the script')
  elseif view.s.clipped == 0 then
    return (stats_at(view.s.stats))
  end
end

-- In the order in which they are shown.
local order = {
  "kind", "name", "from", "to", "dur", "g", "p", "m", "state", "reason",
  "prev", "next", "blocked", "waker", "depth", "self", "task", "parent",
  "task_name", "region", "func", "system", "open", "clipped", "begin_n",
  "end_n", "stack", "end_stack", "waker_stack",
}

-- shown(kind): the fields that spans of a kind may have.
local only = {
  proc = { "kind", "name", "from", "to", "dur", "p", "m", "state", "prev",
    "next", "open", "clipped", "begin_n", "end_n" },
}

local function shown(kind)
  return only[kind] or order
end

return {
  cur = cur,
  maker = maker,
  kinds = kinds,
  by_kind = by_kind,
  state_ids = state_ids,
  getters = getters,
  is_accounted = is_accounted,
  stats_at = stats_at,
  names = order,
  shown = shown,
  set_idle = set_idle,
  is_idle = function()
    return cur.s == idle_span
  end,
}
