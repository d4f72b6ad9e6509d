-- perfetto.lua: export.perfetto: a picture of tracks for ui.perfetto.dev, slice by slice.
--
-- Each name, frame and stack is written once, before what refers to it; numbers of stacks
-- are the engine's. Else nothing is kept here. The states of goroutines, most of what there
-- is, go from the engine to the engine (src/export/perfetto_states.c), which asks for what it
-- does not know.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local pieces = require "gotrace.export.pieces"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local span_fields = require "gotrace.span.fields"
local suggest = require "gotrace.base.suggest"
local value = require "gotrace.export.value"
local wall_clock = require "gotrace.base.wall_clock"

local NAME, FUNCTION, FILE = C.GOTRACE_PERFETTO_NAME,
  C.GOTRACE_PERFETTO_FUNCTION, C.GOTRACE_PERFETTO_FILE
local MOST = 2 ^ 53
local FLOWS = 2 ^ 40 -- arrows of a trace, at most
local MOST_TEXT = 4096 -- bytes of a name: nobody reads more
local units = { ns = 1, count = 2, bytes = 3 }

local methods = {}

local new, of = proxy.class("picture", "tracks and slices are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a picture has no "%s": it has %s'):format(
      tostring(name), table.concat(proxy.sorted_keys(methods), ", ")), 2)
  end,
})

local function self_of(object, name)
  return of[object] or
    value.refuse("call it with a colon: picture:%s()", name)
end

local PIECE = pieces.PIECE
local hand_on, settle = pieces.of(C.gotrace_perfetto_take,
  tonumber(C.GOTRACE_PERFETTO_FAILED))

-- What is interned: done once for each, and full of branches.

-- Text that is shown: of a long one its begin.
local function shown(text)
  return printable.line(#text > MOST_TEXT and
    text:sub(1, MOST_TEXT) .. "..." or text)
end

local function put_text(self, list, field, text)
  local number, line = list.n + 1, shown(text)
  list.n = number
  settle(self, C.gotrace_perfetto_text(self.handle, field, number, line,
    #line))
  return number
end

local function new_text(self, list, field, text)
  local number = put_text(self, list, field, text)
  list.by[text] = number
  return number
end

local function number_of(self, list, field, text)
  return list.by[text] or new_text(self, list, field, text)
end

local function function_of(frame)
  return frame.func ~= "" and frame.func or ("0x%x"):format(frame.pc)
end

local function new_frame(self, frame, key)
  local number = self.frames.n + 1
  self.frames.n, self.frames.by[key] = number, number
  local func = number_of(self, self.functions, FUNCTION, function_of(frame))
  local path = frame.file ~= "" and
    number_of(self, self.files, FILE, frame.file) or 0
  settle(self, C.gotrace_perfetto_frame(self.handle, number, func, path,
    frame.line))
  return number
end

local function frame_of(self, frame)
  local key = ("%s\n%s\n%d"):format(function_of(frame), frame.file, frame.line)
  return self.frames.by[key] or new_frame(self, frame, key)
end

local function new_stack(self, id)
  local stack, numbers = names.stack_of(id), {}
  for i = 1, #stack do
    numbers[i] = frame_of(self, stack[i])
  end
  for _, number in ipairs(numbers) do
    C.gotrace_perfetto_push(self.handle, number)
  end
  settle(self, C.gotrace_perfetto_stack(self.handle, id))
end

jit.off(new_text)
jit.off(new_frame)
jit.off(new_stack)

-- Tracks

local about = ffi.new "gotrace_perfetto_about"

local function refuse_track(track)
  value.refuse("a track is wanted, as picture:track() returns it, not %s",
    tostring(track))
end

-- All numbers up to the last one are those of tracks.
local function track_number(self, track, ...)
  if type(track) == "number" and track >= 1 and track <= self.tracks and
    track == math.floor(track) then
    return track
  end
  refuse_track(track)
end

local function reserve(self)
  self.tracks = self.tracks + 1
  return self.tracks
end

-- Of several traces each is a process, in which its tracks lie.
local function add_track(self, name, spec)
  local text = shown(value.text(name))
  about.parent = spec.parent and track_number(self, spec.parent) or
    self.process
  about.rank = math.max(-2 ^ 31, math.min(value.number(spec.rank or 0),
    2 ^ 31 - 1))
  about.by_name = spec.order == "name"
  local number = spec.number and track_number(self, spec.number) or
    reserve(self)
  about.track = number
  settle(self, C.gotrace_perfetto_track(self.handle, about, text, #text))
  return number
end

local function add_process(self, name)
  self.process, self.processes = 0, self.processes + 1
  about.process, about.is_counter, about.unit = self.processes, false, 0
  self.process = add_track(self, name, { rank = self.processes })
  about.process = 0
end

-- reserve(): the number of a track of which more is said later: every one has to be told.
function methods.reserve(object)
  return (reserve(self_of(object, "reserve")))
end

-- track(name, spec): a new one's number. spec: { parent = the track that it lies in, rank =
-- a number: its place there, order = "name": what lies in it is sorted by name, number = one
-- that was reserved }.
function methods.track(object, name, spec)
  about.is_counter, about.unit = false, 0
  return add_track(self_of(object, "track"), name, spec or {})
end

-- counter(name, spec): the same of one that shows a number; also { unit = "bytes", "ns" or
-- "count" }.
function methods.counter(object, name, spec)
  local unit = spec and spec.unit or "count"
  if not units[unit] then
    value.refuse("the unit of a counter is bytes, count or ns%s",
      suggest.hint(tostring(unit), { "bytes", "count", "ns" }))
  end
  about.is_counter, about.unit = true, units[unit]
  return add_track(self_of(object, "counter"), name, spec or {})
end

-- Events

local event = ffi.new "gotrace_perfetto_event"

local function refuse_time(time)
  value.refuse("a time in ns since the trace began is wanted, not %s",
    tostring(time))
end

local function time_of(time, ...)
  if type(time) == "number" and time >= 0 and time < MOST then
    return time
  end
  refuse_time(time)
end

local function name_number(self, name, ...)
  return self.names.by[name] or
    new_text(self, self.names, NAME, value.text(name))
end

local function fill_stack(self, stack, ...)
  if not C.gotrace_perfetto_has_stack(self.handle, stack) then
    new_stack(self, stack)
  end
  event.stack = stack
end

-- Where and what; stack: its id.
local function fill(self, track, name, stack, flow, ...)
  event.track = track_number(self, track)
  event.name = self.names.by[name] or name_number(self, name)
  fill_stack(self, stack)
  event.flow = flow and self.flows + flow or 0
end

local function put_slice(self, ...)
  local bytes = C.gotrace_perfetto_slice(self.handle, event)
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- slice(track, from, to, name, stack, flow): slices of a track lie in each other or beside
-- each other; of two that begin together the outer one is added first. flow: the number of
-- an instant's, from which an arrow goes here.
function methods.slice(object, track, from, to, name, stack, flow, ...)
  local self = self_of(object, "slice")
  fill(self, track, name, value.stack(stack), flow)
  event.from, event.to = time_of(from), time_of(to)
  put_slice(self)
end

-- span(track, s, name, flow): the same of a span: its times, and its stack. Cheaper.
function methods.span(object, track, s, name, flow, ...)
  local self, struct = self_of(object, "span"), value.span(s).s
  fill(self, track, name, struct.stack, flow)
  event.from, event.to = struct.from, struct.to
  put_slice(self)
end

-- instant(track, time, name, stack, flow): flow: a number for an arrow from here.
function methods.instant(object, track, time, name, stack, flow, ...)
  local self = self_of(object, "instant")
  fill(self, track, name, value.stack(stack), flow)
  event.from = time_of(time)
  local bytes = C.gotrace_perfetto_instant(self.handle, event)
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- count(counter, time, number): what the counter shows from then on.
function methods.count(object, track, time, number, ...)
  local self = self_of(object, "count")
  local bytes = C.gotrace_perfetto_count(self.handle,
    track_number(self, track), time_of(time), value.number(number))
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- wake(track, time, what, g, stack, flow): the same where something ("unblock") is done to
-- a goroutine: there are many of these.
function methods.wake(object, track, time, what, g, stack, flow, ...)
  local self = self_of(object, "wake")
  if type(what) ~= "string" or not what:find "^%a+$" or #what > 8 then
    value.refuse("what is done to a goroutine is a word of at most 8 letters")
  end
  event.track = track_number(self, track)
  fill_stack(self, value.stack(stack))
  event.flow = flow and self.flows + flow or 0
  event.from = time_of(time)
  local bytes = C.gotrace_perfetto_wake(self.handle, event, what,
    value.number(g))
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- States

local fields = span_fields.getters

local function state_name(s)
  local state, reason = fields.state(s), fields.reason(s)
  return reason and reason ~= "" and ("%s: %s"):format(state, reason) or state
end

local function check(ok)
  if not ok then
    memory.stop()
  end
end

local function wanted_track(self, track)
  return track and track_number(self, track) or 0
end

local supply = {} -- by what it needs: what gives it

supply[tonumber(C.GOTRACE_PERFETTO_NEEDS_NAME)] = function(self, s)
  check(C.gotrace_perfetto_state_name(self.states, s.s.state, s.s.reason,
    number_of(self, self.names, NAME, state_name(s))))
end

supply[tonumber(C.GOTRACE_PERFETTO_NEEDS_PROC)] = function(self, s)
  check(C.gotrace_perfetto_proc(self.states, s.s.p,
    wanted_track(self, self.of_proc(fields.p(s)))))
end

supply[tonumber(C.GOTRACE_PERFETTO_NEEDS_STACK)] = function(self, s)
  new_stack(self, s.s.stack)
end

-- The label is not kept: there are as many as goroutines.
supply[tonumber(C.GOTRACE_PERFETTO_NEEDS_GOROUTINE)] = function(self, s)
  local label, track = self.of_goroutine(fields.g(s), fields.func(s))
  track = wanted_track(self, track)
  check(C.gotrace_perfetto_goroutine(self.states, s.s.g,
    put_text(self, self.names, NAME, value.text(label)), track))
end

local function supplied(self, s, need)
  while need > 0 do
    supply[need](self, s)
    need = tonumber(C.gotrace_perfetto_state(self.states, s.s))
  end
end

jit.off(supplied)

-- state(s): a span of kind state, on the track of its goroutine, and of the P that it ran
-- on. Which those are, export.perfetto { goroutine =, proc = } says.
function methods.state(object, s, ...)
  local self, view = self_of(object, "state"), value.span(s)
  local need = tonumber(C.gotrace_perfetto_state(self.states, view.s))
  if need > 0 then
    supplied(self, view, need)
  end
  local bytes = C.gotrace_perfetto_waiting(self.handle)
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- track_of(g): the track of a goroutine of which there was a state, and that has not ended; nil: none.
function methods.track_of(object, g, ...)
  local self = self_of(object, "track_of")
  local track = C.gotrace_perfetto_track_of(self.states, value.number(g))
  return track > 0 and track or nil
end

-- How it is made

local function new_list()
  return { n = 0, by = {} }
end

local function owned(handle, free)
  check(handle ~= nil)
  return ffi.gc(handle, free)
end

local function function_in(spec, name)
  local fn = spec[name]
  if fn ~= nil and type(fn) ~= "function" then
    value.refuse("export.perfetto: %s is a function, not %s", name,
      proxy.kind(fn))
  end
  return fn
end

local function label_of(g, func)
  return ("G%d %s"):format(g, func)
end

local function no_track() end

-- What is known by numbers of the trace at hand.
local function begin_states(self)
  self.states = owned(C.gotrace_perfetto_states_new(self.handle, self.flows),
    C.gotrace_perfetto_states_free)
end

local function set_functions(self, spec)
  self.of_goroutine = function_in(spec, "goroutine") or label_of
  self.of_proc = function_in(spec, "proc") or no_track
end

-- make(spec): spec: { goroutine = function(g, func): what a goroutine is called on the track
-- of a P, and its own track, nil for none; proc = function(p): the track of a P, or nil }.
local function make(spec)
  local self = {
    handle = owned(C.gotrace_perfetto_new(), C.gotrace_perfetto_free),
    flows = 0, -- that numbers of arrows are later by
    process = 0, processes = 0, -- its track, and how many there are
    tracks = 0, -- how many there are
    names = new_list(),
    functions = new_list(),
    files = new_list(),
    frames = new_list(),
  }
  set_functions(self, spec)
  begin_states(self)
  return new(self)
end

-- renew(object, spec): the same for a further trace.
local function renew(object, spec)
  set_functions(of[object], spec)
end

-- begin_trace(object, trace): numbers of goroutines and events are others from now on.
local function begin_trace(object, trace)
  local self = of[object]
  if wall_clock.state.asked then
    self.flows = self.processes * FLOWS
    begin_states(self)
    add_process(self, trace.file)
  end
end

-- see_clock(object, time, seconds, ns): the wall clock at a generation's begin. That of several
-- traces is known by one of them: they are put on it.
local function see_clock(object, time, seconds, ns)
  local self = of[object]
  if seconds and not (wall_clock.state.asked and self.has_clock) then
    self.has_clock = true
    settle(self, C.gotrace_perfetto_clock(self.handle, time,
      ffi.cast("int64_t", seconds) * 1000000000LL + ffi.cast("int64_t", ns)))
  end
end

local function finish(object)
  hand_on(of[object])
end

return { make = make, renew = renew, begin_trace = begin_trace,
  see_clock = see_clock, end_trace = function() end, finish = finish,
  adds = false, aligns = true, is_text = false, packed = false }
