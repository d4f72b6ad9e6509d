-- spans.lua: spans while a trace is read: each event goes to what makes them, and
-- the spans that it ends to their hooks, behind its own.
--
-- The maker is brought up to an event before its hooks are called: what they ask
-- of goroutines is as of that event.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local emit = require "gotrace.event.emit"
local event = require "gotrace.event.event"
local event_fields = require "gotrace.event.fields"
local fields = require "gotrace.span.fields"
local goroutine = require "gotrace.span.goroutine"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local span = require("gotrace.span.span").span
local span_hooks = require "gotrace.span.handlers"
local spec = require "gotrace.engine.event_table"

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

local function tell(n, handlers)
  if n < 0 then
    memory.stop()
  end
  local made = C.gotrace_spans_made(maker.handle)
  for i = 0, n - 1 do
    local s = made + i
    local handler = handlers[s.kind]
    if handler then
      view.s = s
      handler(span)
    end
  end
  fields.set_idle()
end

-- What has no event at hand: marks, and the ends of windows and traces.
local function tell_idle(n, handlers)
  local gen = cur.gen
  event.set_idle()
  tell(n, handlers)
  event.set_active(gen)
end

-- Those of the batch from first to before last, as run.lua's deliver.
local function deliver(batch, pass, first, last)
  local events, handlers, tellers = batch.events, pass.handlers, pass.tellers
  local handle, gen, s = maker.handle, batch.gen, ev
  for i = first, last - 1 do
    local e = events + i
    local n = C.gotrace_spans_step(handle, e, gen)
    local handler = handlers[e.type]
    cur.e = e
    if handler and handler(s) == false then
      e.verdict = DROP
    end
    if n ~= 0 then
      if e.type < MARK_GENERATION then
        tell(n, tellers)
      else
        tell_idle(n, tellers)
      end
    end
    if queue.waiting > 0 then
      emit.settle(0)
    end
    if ends[e.type] then
      goroutine.forget(tonumber(e.g))
    end
  end
end

-- Outside the windows: what ends there may have lasted in one.
local function cut(batch, pass, first, last)
  local events, handlers = batch.events, pass.handlers
  for i = first, last - 1 do
    local e = events + i
    local n = C.gotrace_spans_step(maker.handle, e, batch.gen)
    cur.e = e
    if e.type < MARK_GENERATION then
      e.verdict = CUT
    elseif handlers[e.type] then
      handlers[e.type]()
    end
    if n ~= 0 then
      tell_idle(n, pass.tellers)
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

-- begin(pass, version): a trace is about to be read.
local function begin(pass, version)
  local handlers, mask = span_hooks.handlers(pass.stages)
  local handle = C.gotrace_spans_new(names.handle, mask, version)
  if handle == nil then
    memory.stop()
  end
  pass.tellers, last_time = handlers, 0
  maker.handle = ffi.gc(handle, C.gotrace_spans_free)
  maker.now = now
  goroutine.reset()
end

-- finish(pass, time): the trace has ended, with an event at that time. Go's reader
-- has a last one of its own behind it (Go 1.27 internal/trace/reader.go).
local function finish(pass, time)
  time = time + 1
  last_time = time
  tell(C.gotrace_spans_flush(maker.handle, bound(time)), pass.tellers)
end

local function close()
  if maker.handle then
    C.gotrace_spans_free(ffi.gc(maker.handle, nil))
    maker.handle = nil
  end
end

return {
  begin = begin,
  set_windows = set_windows,
  deliver = deliver,
  cut = cut,
  finish = finish,
  close = close,
}
