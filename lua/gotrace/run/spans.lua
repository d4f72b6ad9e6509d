-- spans.lua: spans while a trace is read: each event goes to what makes them, and
-- the spans that it ends to their hooks, behind its own.
--
-- The maker is brought up to an event before its hooks are called: what they ask
-- of goroutines is as of that event.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local emit = require "gotrace.event.emit"
local event = require "gotrace.event.event"
local event_words = require "gotrace.span.event_words"
local event_fields = require "gotrace.event.fields"
local fields = require "gotrace.span.fields"
local goroutine = require "gotrace.span.goroutine"
local keys = require "gotrace.tables.keys"
local known_names = require "gotrace.span.known_names"
local machine = require "gotrace.span.machine"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local paths = require "gotrace.engine.paths"
local span = require("gotrace.span.span").span
local span_hooks = require "gotrace.span.handlers"
local spec = require "gotrace.engine.event_table"
local task = require "gotrace.span.task"

local ev, cur = event.ev, event_fields.cur
local view, maker = fields.cur, fields.maker
local queue = emit.queue
local DROP = tonumber(C.GOTRACE_DROP)
local CUT = tonumber(C.GOTRACE_CUT)
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)

-- Events with which a goroutine ends.
local ends = {}
for id = 0, 255 do
  local row = spec.rows[id]
  ends[id] = row ~= nil and row.name:find "Destroy" ~= nil
end

-- Calls the hooks of n spans for which no event is at hand: those of marks, and of the
-- trace's end.
local function call(handlers, n)
  if n < 0 then
    memory.stop()
  end
  local made = C.gotrace_spans_made(maker.handle)
  for i = 0, n - 1 do
    local handler = handlers[made[i].kind]
    if handler then
      view.s = made + i
      handler(span)
    end
  end
  fields.set_idle()
end

local function tell_idle(n, handlers)
  local gen = cur.gen
  event.set_idle()
  call(handlers, n)
  event.set_active(gen)
end

-- The hooks of spans from number i to before n, up to those that come behind event `at`
-- of the batch; each has its event at hand. Yields the number of the first that is left.
local function tell(events, handlers, i, n, at)
  local made = C.gotrace_spans_made(maker.handle)
  while i < n and made[i].at <= at do
    local s = made + i
    local handler = handlers[s.kind]
    if handler then
      view.s, cur.e = s, events + s.at
      handler(span)
      if queue.waiting > 0 then
        emit.settle(0)
      end
    end
    i = i + 1
  end
  fields.set_idle()
  return i
end

local count = ffi.new "int32_t[1]"

-- The event that a run has stopped at, and its spans, from number i on.
local function deliver_event(events, pass, at, i, n)
  local e = events + at
  local handler = pass.handlers[e.type]
  cur.e = e
  if handler and handler(ev) == false then
    e.verdict = DROP
  end
  if queue.waiting > 0 then
    emit.settle(0)
  end
  tell(events, pass.tellers, i, n, at)
  if ends[e.type] then
    goroutine.forget(tonumber(e.g))
  end
end

-- A mark, by itself.
local function deliver_mark(batch, pass, at)
  local e = batch.events + at
  maker.turn = maker.turn + 1
  local n = C.gotrace_spans_step(maker.handle, e, batch.gen)
  cur.e = e
  if pass.handlers[e.type] then
    pass.handlers[e.type]()
  end
  if n ~= 0 then
    tell_idle(n, pass.tellers)
  end
end

-- Events from first to before last, as run.lua's deliver: those that nobody hooks go to
-- the maker many at a time, if no hook may ask for what is known meanwhile.
local function deliver(batch, pass, first, last)
  local events = batch.events
  while first < last do
    if events[first].type >= MARK_GENERATION then
      deliver_mark(batch, pass, first)
      first = first + 1
    else
      maker.turn = maker.turn + 1
      first = C.gotrace_spans_run(maker.handle, batch, first, last, pass.stop,
        pass.exact, count)
      if count[0] < 0 then
        memory.stop()
      end
      local i = tell(events, pass.tellers, 0, count[0], first - 2)
      deliver_event(events, pass, first - 1, i, count[0])
    end
  end
end

-- Outside the windows: what ends there may have lasted in one.
local function cut(batch, pass, first, last)
  for i = first, last - 1 do
    local e = batch.events + i
    if e.type >= MARK_GENERATION then
      deliver_mark(batch, pass, i)
    else
      e.verdict = CUT
      maker.turn = maker.turn + 1
      local n = C.gotrace_spans_step(maker.handle, e, batch.gen)
      cur.e = e
      if n ~= 0 then
        tell_idle(n, pass.tellers)
      end
    end
  end
end

local function bound(time)
  return ffi.new("int64_t", time > -math.huge and time < math.huge and time or
    time > 0 and 0x7fffffffffffffffLL or -0x7fffffffffffffffLL)
end

-- set_windows(list): { from =, to = } in their order.
local function set_windows(list)
  for _, w in ipairs(list) do
    if not C.gotrace_spans_window(maker.handle, bound(w.from), bound(w.to)) then
      memory.stop()
    end
  end
end

-- The time as of which objects are.
local last_time

local function now()
  local _, time = event_fields.position()
  return ffi.new("int64_t", time or last_time)
end

-- The types of events that a run of events ends with: what is hooked and, where scripts
-- may keep something with a goroutine, its end.
local function stops(pass)
  local mask = pass.stop or ffi.new "uint8_t[256]"
  for id = 0, MARK_GENERATION - 1 do
    mask[id] = (pass.handlers[id] or pass.objects and ends[id]) and 1 or 0
  end
  return mask
end

-- begin(pass, version): a trace is about to be read.
local function begin(pass, version)
  local own = span_hooks.begin_sums(pass.stages)
  local handle = C.gotrace_spans_new(names.handle,
    span_hooks.mask(pass.stages), version)
  if handle == nil then
    memory.stop()
  end
  pass.tellers, last_time = span_hooks.handlers(pass.stages), 0
  pass.stop = stops(pass)
  maker.handle = ffi.gc(handle, C.gotrace_spans_free)
  maker.turn = maker.turn + 1
  local sums = 0
  local spares_longest = paths.takes "tally"
  for _, one in ipairs(own) do
    sums = sums + one:begin(sums)
    spares_longest = spares_longest and one.spares_longest
  end
  if spares_longest then
    C.gotrace_spans_spare_longest(handle)
  end
  event_words.begin()
  maker.now, maker.has_objects = now, pass.objects
  maker.accounts = pass.accounts
  C.gotrace_spans_account_for(handle, pass.accounts)
  if not pass.figures then
    C.gotrace_spans_spare_figures(handle)
  end
  if pass.objects then
    C.gotrace_spans_keep(handle)
  end
  maker.has_names = known_names.known.handle ~= nil
  if maker.has_names then
    C.gotrace_spans_know(handle, known_names.known.handle)
  end
  goroutine.reset()
  task.reset()
  machine.reset()
end

-- refresh(pass): hooks have come or gone.
local function refresh(pass)
  for kind, handler in pairs(span_hooks.handlers(pass.stages)) do
    pass.tellers[kind] = handler
  end
  stops(pass)
end

-- finish(pass, time): the trace has ended, with an event at that time. Go's reader
-- has a last one of its own behind it (Go 1.27 internal/trace/reader.go).
local function finish(pass, time)
  time = time + 1
  last_time = time
  event.set_idle()
  maker.turn = maker.turn + 1
  call(pass.tellers, C.gotrace_spans_flush(maker.handle, bound(time)))
end

-- Tables may have goroutines of the trace as keys.
local function close()
  if maker.handle then
    keys.settle()
    event_words.finish()
    C.gotrace_spans_free(ffi.gc(maker.handle, nil))
    maker.handle = nil
  end
end

return {
  begin = begin,
  refresh = refresh,
  set_windows = set_windows,
  deliver = deliver,
  cut = cut,
  finish = finish,
  close = close,
}
