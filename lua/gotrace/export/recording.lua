-- recording.lua: export.recording: the last of a trace is kept while it is read, and a trace
-- is made of it where a script says that something has happened.
--
-- There is a window around what has happened: `keep` before it, `after` behind. What happens
-- in the window of a trace that is due belongs to it; what comes later is the next one's. It
-- is written when what is read has come to its end, or the trace has.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local errors = require "gotrace.base.errors"
local event_fields = require "gotrace.event.fields"
local event_row = require "gotrace.printing.event_row"
local events = require "gotrace.event.event"
local format = require "gotrace.printing.format"
local host = require "gotrace.engine.host"
local kept = require "gotrace.export.kept"
local output = require "gotrace.sandbox.output"
local printed = require "gotrace.printing.printed"
local proxy = require "gotrace.base.proxy"
local row_writer = require "gotrace.printing.row_writer"
local span_fields = require "gotrace.span.fields"
local spans = require "gotrace.span.span"
local value = require "gotrace.export.value"

local around = event_fields.around

ffi.cdef "long readlink(const char *path, char *out, size_t size);"

local MOST_ROWS = 20 -- of a trace: so many of what has happened are told
local MOST_NUMBER = 1e6 -- that a name gets
local LATEST = 253402300800 -- s: the year 10000, which no clock of a trace has reached
local SIDE_END = tonumber(C.GOTRACE_SIDE_END)
local columns = { "file", "trigger", "time", "kind", "dur", "g", "name" }

local methods = {}

local new, of = proxy.class("recording", "it is told what has happened", {
  __index = function(_, name, ...)
    return methods[name] or error(('a recording has no "%s": it has trigger')
      :format(tostring(name)), 2)
  end,
})

-- make(spec): spec has
--   keep     { ns = } or { bytes = }: what is kept before it happens
--   after    ns behind it
--   max      traces at most
--   max_size bytes of them at most, or nil
--   spares_system  nothing is to happen to goroutines of the runtime
local function make(spec)
  local keep = spec.keep
  if type(keep) ~= "table" or not (keep.ns or keep.bytes) then
    value.refuse "export.recording wants keep, { ns = } or { bytes = }"
  elseif (spec.after or 0) < 0 or (spec.max or 0) < 0 then
    errors.usage "what is recorded behind it, and how often, is 0 or more"
  end
  return new { keep_ns = keep.ns, keep_bytes = keep.bytes,
    after = value.number(spec.after or 0), max = spec.max or math.huge,
    max_size = spec.max_size or math.huge,
    spares_system = spec.spares_system, written = 0, size = 0, number = 0,
    told = {}, told_before = {} }
end

-- Names

local function check_name(path)
  if path == "-" or not path:find("%d", 1, true) then
    local hint = path ~= "-" and
      ("; %s lacks %%d, the number of each"):format(path) or ""
    errors.usage("record writes traces: say where, with -o 'slow-%%d.trace'%s",
      hint)
  elseif path:find "%%[dt][^/]*/" then
    errors.usage "%d and %t belong into the names of files, not of folders"
  end
end

-- When something has happened, by the trace's wall clock, 20261128T034607.123Z; before Go
-- 1.25 it has none, and the time is now. Zeros, where its clock says what is no time.
local function wall_text(self, time)
  local clock = self.clock or { seconds = os.time(), ns = 0, time = time }
  local ns = clock.ns + time - clock.time
  local seconds = clock.seconds + math.floor(ns / 1e9)
  local text = seconds >= 0 and seconds < LATEST and
    os.date("!%Y%m%dT%H%M%S", seconds) or "00000000T000000"
  return text .. (".%03dZ"):format(math.floor(ns % 1e9 / 1e6))
end

local function fill_name(self, number, time)
  local words = { d = ("%d"):format(number), t = wall_text(self, time) }
  return (self.path:gsub("%%([dt])", words))
end

local link_text = ffi.new "char[1]"

-- A link that leads nowhere is there, too: what it leads to was not asked for.
local function is_taken(name)
  return host.kind(name) ~= nil or ffi.C.readlink(name, link_text, 1) >= 0
end

-- A name that no file has: what was recorded before stays.
local function next_name(self, time)
  repeat
    self.number = self.number + 1
    local name = fill_name(self, self.number, time)
    if not is_taken(name) then
      return name
    end
  until self.number >= MOST_NUMBER
  errors.stop(errors.status.output, "%s: all numbers up to %d are taken",
    self.path, MOST_NUMBER)
end

-- Rows

local function seconds(ns)
  return ("%.9f"):format(ns / 1e9)
end

-- As people read it, nothing as a dash.
local function text_row(row)
  row.time, row.dur = seconds(row.time), row.dur and format.duration(row.dur)
  for _, name in ipairs(columns) do
    row[name] = row[name] or "-"
  end
end

local row_at_hand, put_row -- of row_writer

local function print_row(row, file)
  local style = event_row.style()
  row.file = file
  if style == "text" then
    text_row(row)
  elseif style == "csv" then
    output.put(printed.head_line(table.concat(columns, ",")))
  end
  put_row = put_row or row_writer.writer(columns, style, function()
    local r = row_at_hand
    return r.file, r.trigger, r.time, r.kind, r.dur, r.g, r.name
  end, output.put)
  row_at_hand = row
  put_row()
end

-- The trace

local function say(self, file, bytes, due)
  local more = due.count - #due.rows
  if not self.quiet then
    errors.warn("%s: %s, around %ss%s", file, format.bytes(bytes),
      seconds(due.time), more > 0 and (" (%d more have triggered it)")
      :format(more) or "")
  end
end

-- A limit is met: the run ends, as if what is read had.
local function stop(self, text, ...)
  local status = self.kept:is_damaged() and errors.status.damaged or
    errors.status.done
  if self.quiet then
    errors.stop(status, "")
  end
  errors.stop(status, text, ...)
end

-- Writes what is due, as far as it is kept.
local function write(self)
  local due = self.due
  local file = next_name(self, due.time)
  local bytes = self.kept:write(file, due.from, due.to,
    self.max_size - self.size)
  self.due = nil
  if not bytes then
    stop(self, "%s is not written: with it they would be larger than " ..
      "--max-size", file)
  end
  self.written, self.size = self.written + 1, self.size + bytes
  for _, row in ipairs(due.rows) do
    print_row(row, file)
  end
  say(self, file, bytes, due)
  if self.written >= self.max then
    stop(self, "%d traces are written, as many as --max says", self.written)
  end
end

-- What the next window may need is kept, and what is due.
local function drop(self, now)
  local due = self.due
  if self.keep_ns then
    self.kept:drop_before(math.min(now, due and due.time or now) - self.keep_ns)
  elseif not due then
    self.kept:drop_to(self.keep_bytes)
  end
end

-- see_generation(object, gen): one begins, gen: as on.generation has it.
local function see_generation(object, gen)
  local self, now = of[object], around.mark_time
  local seconds_then, ns = gen:wall()
  if self.due and self.due.to <= now then
    write(self)
  end
  self.clock = seconds_then and
    { time = gen.time, seconds = seconds_then, ns = ns } or nil
  self.kept:add(gen)
  drop(self, math.min(now, gen.time))
  self.told, self.told_before = {}, self.told
end

-- What a span is known by while it is open, and as it ends.
local function key_of(s)
  local subject = s.g < 0 and s.p or s.g
  return ("%d %s %s %s %s"):format(s.kind, tostring(subject),
    tostring(s.task), tostring(s.from), tostring(s.begin_n))
end

-- Whether a span was told of before, when it was open: in this generation or the one before,
-- as each tries all that are.
local function is_told(self, s)
  local told, before = self.told, self.told_before
  local is_open = bit.band(s.open, SIDE_END) ~= 0
  if not is_open and next(told) == nil and next(before) == nil then
    return false
  end
  local key = key_of(s)
  local was = told[key] or before[key]
  told[key] = is_open or nil
  return was
end

local function span_row(view)
  local s, get = view.s, span_fields.getters
  return { time = tonumber(s.to), kind = get.kind(view), dur = get.dur(view),
    g = get.g(view), name = get.name(view) }
end

local function event_row_of(view)
  local get = event_fields.lenient
  return { time = get.time(view), kind = get.type(view), g = get.g(view),
    name = get.name and get.name(view) or nil }
end

-- Of one that nothing names yet nobody knows whose it is (Go takes it for the runtime's).
local function is_spared(self, s)
  return self.spares_system and s.system ~= 0 and s.func ~= 0
end

-- The row of what has happened; nil: that was told of before.
local function row_of(self, x)
  local span, event = spans.view_of(x), events.view_of(x)
  if span then
    local is_told_of = is_spared(self, span.s) or is_told(self, span.s)
    return not is_told_of and span_row(span) or nil
  elseif event then
    return event_row_of(event)
  end
  value.refuse("an event or a span is wanted, as hooks have it, not %s",
    proxy.kind(x))
end

-- The trace's end is 1 ns behind its last event, which is to be there.
local function begin(self, time)
  self.due = { time = time, rows = {}, count = 0, to = time + self.after + 1,
    from = self.keep_ns and time - self.keep_ns - 1 or -math.huge }
end

-- trigger(x, text): something has happened: x, the event or span at hand, or a copy; text: what
-- has asked for it.
function methods.trigger(object, x, text, ...)
  local self = of[object] or
    value.refuse "call it with a colon: recording:trigger(s)"
  local row = row_of(self, x)
  if not row then
    return
  end
  local time = row.time
  if self.due and time >= self.due.to then
    write(self)
  end
  if not self.due then
    begin(self, time)
  end
  local due = self.due
  due.count = due.count + 1
  if #due.rows < MOST_ROWS then
    row.trigger = text ~= nil and tostring(text) or nil
    due.rows[#due.rows + 1] = row
  end
end

-- The export

-- open(object, path, quiet): before the first trace.
local function open(object, path, quiet)
  local self = of[object]
  check_name(path)
  self.path, self.quiet = path, quiet
  self.kept = kept.open(fill_name(self, 1, 0))
end

-- begin_reading(object, handle): the engine's trace is open.
local function begin_reading(object, handle)
  local self = of[object]
  self.kept:begin(handle)
  self.clock, self.told, self.told_before = nil, {}, {}
end

-- end_trace(object): what is due has no more behind it.
local function end_trace(object)
  local self = of[object]
  if self.due then
    write(self)
  end
end

-- finish(object, quiet): all is read.
local function finish(object, quiet)
  local self = of[object]
  self.kept:close()
  if self.written == 0 and not quiet then
    errors.warn "nothing has happened that --when asks for: no trace is written"
  end
end

return { make = make, open = open, begin_reading = begin_reading,
  see_generation = see_generation, end_trace = end_trace, finish = finish,
  adds = true, is_text = true }
