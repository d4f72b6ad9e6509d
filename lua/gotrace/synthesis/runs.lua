-- runs.lua: when each goroutine runs, learnt in a pass of its own before scripts see the
-- trace; and which task ids it uses.
--
-- A run is [from, to): from the event that starts the goroutine to the one that stops it,
-- before which it still runs. What is written there belongs to the goroutine.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local spec = require "gotrace.engine.event_table"

local numbers = ffi.typeof "double[?]"
local int64 = ffi.typeof "int64_t"
local floor, min, max = math.floor, math.min, math.max

local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local KNOWN = tonumber(C.GOTRACE_KNOWN)
local BEGIN = 1 -- in gotrace_span.open
local is_status = { [spec.by_name.GoStatus.id] = true,
  [spec.by_name.GoStatusStack.id] = true }
local RUNNING = tonumber(C.GOTRACE_STATE_RUNNING)
local NONE = ffi.new("uint8_t[256]")
local EVER = 0x7fffffffffffffffLL
local HIGH = 2 ^ 52 -- task ids from here on are no program's

local task_arg = {} -- by type: where it names a task, false
for id = 0, 255 do
  task_arg[id] = false
  for _, arg in ipairs(spec.rows[id] and spec.rows[id].args or {}) do
    task_arg[id] = task_arg[id] or arg.kind == "TASK" and arg.at
  end
end

-- Runs come in the order of their ends, and wait in blocks of ROOM until all are known: then
-- those of each goroutine are put side by side. So a run takes 20 bytes and later 16, and a
-- goroutine 32, however few runs it has.
local ROOM = 16384
local new_block = ffi.typeof("struct { double at[$]; uint32_t of[$]; }",
  2 * ROOM, ROOM)

-- blocks: as above, of `total` runs. number_of: by goroutine its number, from 1 on; counts: by
-- number how many runs it has. When all are known at: from, to, from, to ...; ends: by
-- number where its runs end there.
-- last_task and high: the ids of tasks that there are, below HIGH the largest, others as a
-- set. stated: by goroutine, when a status said that it had been running.
local blocks, total, number_of, counts, at, ends
local maker, last_task, high, stated
local known = false

-- forget(): of a trace that is over.
local function forget()
  if maker then
    C.gotrace_spans_free(ffi.gc(maker, nil))
  end
  maker, last_task, high, known = nil, 0, {}, false
  stated = {}
  blocks, total, number_of, counts, at, ends = {}, 0, {}, {}, nil, nil
end
forget()

-- begin(version): the pass over a trace of that version begins.
local function begin(version)
  forget()
  local handle = C.gotrace_spans_new(names.handle, 1, version) -- states alone
  if handle == nil or not C.gotrace_spans_window(handle, -EVER, EVER) then
    memory.stop()
  end
  maker = ffi.gc(handle, C.gotrace_spans_free)
end

local function number(g)
  local n = number_of[g]
  if not n then
    n = #counts + 1
    number_of[g], counts[n] = n, 0
  end
  return n
end

local function add(g, from, to)
  local i, n = total % ROOM, number(g)
  if i == 0 then
    blocks[#blocks + 1] = new_block()
  end
  local block = blocks[#blocks]
  block.at[2 * i], block.at[2 * i + 1], block.of[i] = from, to, n
  counts[n], total = counts[n] + 1, total + 1
end

-- The runs of each goroutine side by side, in their order; blocks go as they are done.
local function sort()
  local behind, first = {}, 0
  for n = 1, #counts do
    behind[n], first = first, first + counts[n]
  end
  at = numbers(2 * math.max(total, 1))
  for b = 1, #blocks do
    local block = blocks[b]
    for i = 0, min(ROOM, total - (b - 1) * ROOM) - 1 do
      local n = block.of[i]
      local to = 2 * behind[n]
      at[to], at[to + 1] = block.at[2 * i], block.at[2 * i + 1]
      behind[n] = behind[n] + 1
    end
    blocks[b] = false
  end
  blocks, ends = {}, behind
end

-- A goroutine's runs: { n =, at = from, to, from, to ... }; nil: it has none.
local function runs_of(g)
  local n = number_of[g]
  if n then
    return { n = counts[n], at = at + 2 * (ends[n] - counts[n]) }
  end
end

-- One that was running when its generation began belongs to it from when that is said on:
-- before, nothing in the trace says where it runs.
local function begin_of(s)
  local said = stated[tonumber(s.g)]
  if said and s.open % 2 == BEGIN then
    stated[tonumber(s.g)] = nil
    return math.max(tonumber(s.from), said)
  end
  return tonumber(s.from)
end

-- Spans that have come; last(s) is the time of the event that ends one. A GoSwitch is
-- three steps, of which later ones have later times than its event.
local function note(count, last)
  if count < 0 then
    memory.stop()
  end
  local made = C.gotrace_spans_made(maker)
  for i = 0, count - 1 do
    local s = made + i
    if s.state == RUNNING then
      local from, to = begin_of(s), min(tonumber(s.to), last(s))
      if from < to then
        add(tonumber(s.g), from, to)
      end
    end
  end
end

local function note_task(e)
  local place = task_arg[e.type]
  local id = place and e.arg[place]
  if id and int64(id) >= 0 then
    id = tonumber(id)
    if id < HIGH then
      last_task = max(last_task, id)
    else
      high[id] = true
    end
  end
end

local function note_status(e)
  local says = is_status[e.type] and e.arg[2] == RUNNING and
    bit.band(e.flags, KNOWN) == 0
  local g = says and tonumber(e.arg[0])
  if g and not stated[g] then
    stated[g] = tonumber(e.time)
  end
end

local count = ffi.new "int32_t[1]"

-- learn(batch): from a batch of the pass.
local function learn(batch)
  local events, first = batch.events, 0
  local function time_of(s)
    return tonumber(events[s.at].time)
  end
  for i = 0, batch.len - 1 do
    note_task(events[i])
    note_status(events[i])
  end
  while first < batch.len do
    local e = events + first
    if e.type >= MARK_GENERATION then
      note(C.gotrace_spans_step(maker, e, batch.gen), function()
        return tonumber(e.time)
      end)
      first = first + 1
    else
      first = C.gotrace_spans_run(maker, batch, first, batch.len, NONE, false,
        count)
      note(count[0], time_of)
    end
  end
end

-- finish(last): the pass has ended, with an event at that time: who runs then may be
-- written of before it.
local function finish(last)
  note(C.gotrace_spans_flush(maker, ffi.new("int64_t", last + 1)), function()
    return last
  end)
  C.gotrace_spans_free(ffi.gc(maker, nil))
  maker, known = nil, true
  sort()
end

-- The number of the last run of `runs` that begins at t or before, -1: none.
local function last_before(runs, t)
  local low, high_one = 0, runs.n
  while low < high_one do
    local middle = floor((low + high_one) / 2)
    if runs.at[2 * middle] <= t then
      low = middle + 1
    else
      high_one = middle
    end
  end
  return low - 1
end

-- The number of the last window that begins at t or before, 0: none.
local function window_before(windows, t)
  local low, high_one = 1, #windows + 1
  while low < high_one do
    local middle = floor((low + high_one) / 2)
    if windows[middle].from <= t then
      low = middle + 1
    else
      high_one = middle
    end
  end
  return low - 1
end

-- The latest instant up to t in a run, a window and from `least` on; and the run's end.
local function before(runs, windows, t, least)
  local i, w = last_before(runs, t), window_before(windows, t)
  while i >= 0 and w > 0 do
    local from, to = runs.at[2 * i], runs.at[2 * i + 1]
    local window = windows[w]
    local last = min(t, to, window.to - 1)
    if last < least then
      return nil
    elseif last >= max(from, window.from) then
      return last, to
    elseif from > window.from then
      i = i - 1
    else
      w = w - 1
    end
  end
end

-- The earliest from t and `least` on.
local function behind(runs, windows, t, least)
  t = max(t, least)
  local i = max(last_before(runs, t), 0)
  local w = max(window_before(windows, t), 1)
  while i < runs.n and w <= #windows do
    local from, to = runs.at[2 * i], runs.at[2 * i + 1]
    local window = windows[w]
    local first = max(t, from, window.from)
    if first <= min(to, window.to - 1) then
      return first, to
    elseif to < window.to then
      i = i + 1
    else
      w = w + 1
    end
  end
end

-- nearest(g, t, least, windows): the instant from `least` on, in one of the windows, at
-- which g runs that is nearest to t (of two the earlier), and the least time of the event
-- before which that is; nil: there is none.
local function nearest(g, t, least, windows)
  local runs = runs_of(g)
  if not runs then
    return nil
  end
  local early, early_end = before(runs, windows, t, least)
  local late, late_end = behind(runs, windows, t, least)
  if not early or late and late - t < t - early then
    early, early_end = late, late_end
  end
  if early then
    return early, early == early_end and early or early + 0.5
  end
end

-- new_task(): an id that no task has.
local function new_task()
  repeat
    last_task = last_task + 1
  until not high[last_task]
  return last_task
end

-- is_known(): whether the pass has been made for the trace at hand.
local function is_known()
  return known
end

-- wanted(): the mask of the pass.
local function wanted()
  local mask = ffi.new "uint8_t[256]"
  for id = 1, 255 do
    local needed = C.gotrace_spans_needs(id, false) or task_arg[id]
    mask[id] = needed and 1 or 0
  end
  return mask
end

return {
  forget = forget,
  begin = begin,
  learn = learn,
  finish = finish,
  nearest = nearest,
  new_task = new_task,
  is_known = is_known,
  wanted = wanted,
}
