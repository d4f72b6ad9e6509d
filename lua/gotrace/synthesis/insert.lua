-- insert.lua: regions, tasks and logs that scripts ask for, into the trace that is
-- written: each end when its goroutine runs, inner regions within outer ones.
--
-- What is asked for before the first event waits until the windows are known. Then each
-- end has its place (runs.lua), and as events come by, what belongs before one is added
-- there, for the scripts behind the one that asked, and for the writer.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local asked = require "gotrace.synthesis.asked"
local emit = require "gotrace.event.emit"
local fields = require "gotrace.event.fields"
local points = require "gotrace.synthesis.points"
local regions = require "gotrace.synthesis.regions"
local runs = require "gotrace.synthesis.runs"
local spec = require "gotrace.engine.event_table"

local cur = fields.cur
local head, classes = points.head, points.classes
local REGION, TASK = asked.kinds.region, asked.kinds.task
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local FLAGS = tonumber(C.GOTRACE_ADDED) + tonumber(C.GOTRACE_TIME_SET) +
  tonumber(C.GOTRACE_PLACED)
local NONE = ffi.cast("uint64_t", -1LL) -- of a double it would be 2^63
local WAITS, THERE, OVER = 0, 1, 2
local BEGIN = spec.by_name.UserRegionBegin
local END = spec.by_name.UserRegionEnd

-- Of the trace that is written; lost: something was asked for, and none is.
local counts = { ends = 0, shifted = 0, largest = 0, unplaced = 0 }
local state = { phase = "load", lost = false, scanned = 0, asks = true }
local windows

local function reset_counts()
  counts.ends, counts.shifted, counts.largest, counts.unplaced = 0, 0, 0, 0
end

-- Places

-- t, or where the window behind it (or the one before) begins (ends).
local function first_seen(t)
  for _, w in ipairs(windows) do
    if t < w.to then
      return math.max(t, w.from)
    end
  end
end

local function last_seen(t)
  for i = #windows, 1, -1 do
    local w = windows[i]
    if t >= w.from then
      return math.min(t, w.to - 1)
    end
  end
end

local function note_shift(from, to)
  local shift = math.abs(to - from)
  if shift > 0 then
    counts.shifted = counts.shifted + 1
    counts.largest = math.max(counts.largest, shift)
  end
end

-- Number i finds its place from `least` on, or has none. What is outside of all windows
-- is not looked at.
local function place(i, least)
  local item = asked.at(i)
  local from, to = first_seen(item.from), last_seen(item.to)
  if not (from and to) or from > to then
    return
  end
  local first, key = runs.nearest(item.g, from, least, windows)
  if not first then
    counts.unplaced = counts.unplaced + 1
    return
  end
  local last, last_key = runs.nearest(item.g, to, least, windows)
  item.first, item.last, item.last_key = first, last, last_key
  item.state = WAITS
  note_shift(from, first)
  if item.kind == REGION then
    note_shift(to, last)
    points.push("region_begin", key, i, last)
  elseif item.kind == TASK then
    note_shift(to, last)
    points.push("task_begin", key, i)
  else
    points.push("log", key, i)
  end
end

-- Adding

local function set_common(new, item, time)
  new.time, new.flags = time, FLAGS
  new.g, new.m, new.p, new.home = item.g, -1, -1, -1
  for i = 0, 3 do
    new.arg[i] = 0
  end
end

-- By type: sets an event's arguments.
local fill = {}

local function fill_region(new, item)
  new.arg[0], new.arg[1] = item.task, item.name
end
fill.UserRegionBegin, fill.UserRegionEnd = fill_region, fill_region

function fill.UserTaskBegin(new, item)
  new.arg[0], new.arg[2] = item.task, item.name
  new.arg[1] = item.parent < 0 and NONE or ffi.cast("uint64_t", item.parent)
end

function fill.UserTaskEnd(new, item)
  new.arg[0] = item.task
end

function fill.UserLog(new, item)
  new.arg[0], new.arg[1], new.arg[2] = item.task, item.name, item.text
end

-- Adds an event of an item before the one at hand; false if a script drops it.
local function add(name, i, time)
  local at = cur.e
  local kept = emit.insert(asked.at(i).stage, spec.by_name[name],
    function(new)
      local item = asked.at(i)
      set_common(new, item, time)
      fill[name](new, item)
    end)
  cur.e = at
  return kept
end

-- Ends regions of goroutine g that are open within what ends at `time`: their own ends
-- come too late.
local function end_regions(list, time)
  for _, i in ipairs(list) do
    local item = asked.at(i)
    item.state = OVER
    note_shift(item.last, time)
    add("UserRegionEnd", i, time)
  end
end

-- By class.
local step = {}

step[classes.region_begin] = function(i)
  local item = asked.at(i)
  if not add("UserRegionBegin", i, item.first) then
    return
  end
  item = asked.at(i)
  item.state = THERE
  regions.begin(item.g, i)
  points.push(item.first == item.last and "short_region_end" or "region_end",
    item.last_key, i)
end

step[classes.region_end] = function(i)
  local item = asked.at(i)
  if item.state == THERE then
    end_regions(regions.finish(item.g, i), item.last)
  end
end
step[classes.short_region_end] = step[classes.region_end]

step[classes.task_begin] = function(i)
  local item = asked.at(i)
  if add("UserTaskBegin", i, item.first) then
    item = asked.at(i)
    points.push("task_end", item.last_key, i)
  end
end

step[classes.task_end] = function(i)
  add("UserTaskEnd", i, asked.at(i).last)
end

step[classes.log] = function(i)
  add("UserLog", i, asked.at(i).first)
end

-- What belongs before e, the event at hand.
local function settle(e)
  local time = tonumber(e.time)
  while head.next <= time do
    cur.e = e
    local i, class = points.pop()
    step[class](i)
  end
end

-- Regions of the trace end those that are open within them.
local function follow(e)
  if e.type == BEGIN.id then
    regions.begin_own(tonumber(e.g), tonumber(e.arg[0]), tonumber(e.arg[1]))
  elseif e.type == END.id then
    cur.e = e
    end_regions(regions.finish_own(tonumber(e.g), tonumber(e.arg[0]),
      tonumber(e.arg[1])), tonumber(e.time))
  end
end

local DROP = tonumber(C.GOTRACE_DROP)

-- deliver(batch, pass, first, last, take): events from first to before last by
-- take(batch, pass, i, i + 1), with what is to be added between them.
local function deliver(batch, pass, first, last, take)
  if head.next == math.huge and not state.asks then
    return take(batch, pass, first, last)
  end
  for i = first, last - 1 do
    local e = batch.events + i
    local is_event = e.type < MARK_GENERATION
    if is_event and head.next <= tonumber(e.time) then
      settle(e)
    end
    take(batch, pass, i, i + 1)
    if is_event then
      if e.verdict ~= DROP then
        follow(e)
      end
      if head.next <= tonumber(e.time) then
        settle(e)
      end
    end
  end
end

-- Phases

-- begin_trace(): before a trace, and its first pass.
local function begin_trace()
  runs.forget()
  asked.cut(0)
  state.phase, state.scanned = "begin", 0
end

-- begin_pass(looking): before on.begin, or the scan, of a pass. What the scan asked for
-- is for each part of the output.
local function begin_pass(looking)
  state.phase = looking and "scan" or "begin"
  if not looking then
    asked.cut(state.scanned)
    points.clear()
    regions.clear()
    reset_counts()
  end
end

-- end_scan(): what has been asked for by now lasts.
local function end_scan()
  state.scanned = asked.counted.n
end

-- begin_events(list, asks): the windows are known, { from =, to = } in their order. asks: more
-- may be asked for as events come.
local function begin_events(list, asks)
  state.phase, state.asks, windows = "events", asks, list
  for i = 0, asked.counted.n - 1 do
    place(i, -math.huge)
  end
end

-- end_events(): what is asked for now comes too late.
local function end_events()
  state.phase = "over"
end

-- Asking

-- What is wrong with asking for something at `from` now.
local function too_late(from)
  local _, now = fields.position()
  if state.phase == "over" then
    return "the trace has ended: ask in a scan hook, on.begin or as events come"
  elseif state.phase == "load" then
    return "no trace is open while the scripts load; use scan hooks or on.begin"
  elseif state.phase == "events" and now and math.floor(from) < now then
    return ("%.0f is before %.0f, the time of the event at hand: what is " ..
      "earlier is asked for in a scan hook or on.begin"):format(from, now)
  end
end

-- ask(kind, values, writes, stage): the id of a task that is asked for; nil and what is
-- wrong. writes: whether a trace is written; stage: number of the script.
local function ask(kind, values, writes, stage)
  local wrong = asked.check(kind, values)
  if wrong then
    return nil, wrong
  end
  local from = rawget(values, "from") or rawget(values, "time")
  wrong = too_late(from)
  if not wrong and writes and not runs.is_known() then
    wrong = 'say needs = "runs" at the top of the script: when goroutines ' ..
      "run is looked for first"
  end
  if wrong then
    return nil, wrong
  end
  local task = kind == "task" and runs.new_task() or nil
  if not writes then
    state.lost = true
    return task
  end
  local i = asked.keep(kind, values, stage)
  if not i then
    return nil, "there are 2^32 of them"
  end
  if task then
    asked.at(i).task = task
  end
  if state.phase == "events" then
    local _, now = fields.position()
    place(i, now or -math.huge)
  end
  return task
end

return {
  state = state,
  counts = counts,
  begin_trace = begin_trace,
  begin_pass = begin_pass,
  end_scan = end_scan,
  begin_events = begin_events,
  end_events = end_events,
  deliver = deliver,
  ask = ask,
}
