-- delivery.lua: the events of a batch, each to the one function that its type has: the
-- loops of a run (run.lua).
local C = require "gotrace.engine.abi"
local emit = require "gotrace.event.emit"
local event = require "gotrace.event.event"
local fields = require "gotrace.event.fields"
local insert = require "gotrace.synthesis.insert"
local lazy = require("gotrace.base.lazy").of

local spans = lazy "gotrace.run.spans"

local ev, cur = event.ev, fields.cur
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local DROP, CUT = tonumber(C.GOTRACE_DROP), tonumber(C.GOTRACE_CUT)
local queue = emit.queue

-- events(batch, handlers, first, last): the hot loop. Only false drops. What a hook could have changed is looked at
-- again after it, upvalues too: a local keeps ev where it is.
local function deliver_events(batch, handlers, first, last)
  local events, view = batch.events, ev
  for i = first, last - 1 do
    local e = events + i
    local handler = handlers[e.type]
    cur.e = e
    if handler then
      if handler(view) == false then
        e.verdict = DROP
      end
      if queue.waiting > 0 then
        emit.settle(0)
      end
    end
  end
end

-- Events outside the windows. Marks are told all the same: they are about the
-- trace, not about what happened in it.
local function cut_events(batch, handlers, first, last)
  local events = batch.events
  for i = first, last - 1 do
    local e = events + i
    if e.type < MARK_GENERATION then
      e.verdict = CUT
    elseif handlers[e.type] then
      cur.e = e
      handlers[e.type]()
    end
  end
end

local function deliver_range(batch, pass, first, last)
  if pass.spans then
    spans().deliver(batch, pass, first, last)
  elseif pass.print_batch then
    pass.print_batch(batch, first, last)
  elseif pass.judge then
    pass.judge(batch, first, last)
  else
    deliver_events(batch, pass.handlers, first, last)
  end
end

local function cut_range(batch, pass, first, last)
  if pass.spans then
    spans().cut(batch, pass, first, last)
  else
    cut_events(batch, pass.handlers, first, last)
  end
end

local function with_inserts(batch, pass, first, last, range)
  if pass.inserts then
    insert.deliver(batch, pass, first, last, range)
  else
    range(batch, pass, first, last)
  end
end

-- deliver(batch, pass, first, last): these events, each to its hooks.
local function deliver(batch, pass, first, last)
  with_inserts(batch, pass, first, last, deliver_range)
end

-- place_of(batch, first, time): the first event from `first` on that is not before `time`.
local function place_of(batch, first, time)
  local low, high = first, batch.len
  while low < high do
    local middle = math.floor((low + high) / 2)
    if tonumber(batch.events[middle].time) < time then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

-- windows(batch, pass): a batch over which windows begin or end, or none is open.
local function deliver_windows(batch, pass)
  local i = 0
  while i < batch.len do
    local w = pass.windows[pass.window]
    local first = w and place_of(batch, i, w.from) or batch.len
    with_inserts(batch, pass, i, first, cut_range)
    i = first
    if i < batch.len then
      i = place_of(batch, first, w.to)
      deliver(batch, pass, first, i)
    end
    if i < batch.len then
      pass.window = pass.window + 1
    end
  end
end

return { deliver = deliver, events = deliver_events,
  windows = deliver_windows, place_of = place_of }
