-- trace.lua: the objects about a whole trace: trace, generations, damages.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local argument = require "gotrace.event.argument"
local around = require "gotrace.expression.around"
local cause = require "gotrace.trace.cause"
local diag = require "gotrace.engine.diag"
local event = require "gotrace.event.event"
local insert = require "gotrace.synthesis.insert"
local lazy = require("gotrace.base.lazy").of
local names = require "gotrace.engine.strings"
local event_fields = require "gotrace.event.fields"
local position = event_fields.position
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local span_fields = require "gotrace.span.fields"
local suggest = require "gotrace.base.suggest"
local urls = require "gotrace.fetch.urls"
local wall_clock = require "gotrace.base.wall_clock"
local window = require "gotrace.trace.window"
local writer = require "gotrace.output.writer"

local parts = {}
for i, name in ipairs {
  "header", "framing", "events", "strings", "stacks", "samples", "sync",
  "experiment",
} do
  parts[i] = { name = name, at = tonumber(C["GOTRACE_PART_" .. name:upper()]) }
end

-- Fields of a trace: each from the engine's gotrace_info.
local state, current -- below
local fields = {}
function fields.version(info)
  return "1." .. info.version
end
function fields.offset(info)
  return tonumber(info.off)
end
-- The engine runs ahead of the hooks, by how much is its own business: what they
-- are told is where they are.
function fields.events(info)
  local n = position()
  return n or tonumber(info.events)
end
function fields.duration(info)
  local _, time = position()
  return (time or tonumber(info.last_time)) - wall_clock.state.start
end
function fields.start()
  return wall_clock.state.start
end
-- What has been told of so far, while events are told of; else false.
local told = { damages = false, lost = false }
for name in pairs(told) do
  fields[name] = function(info)
    return told[name] or tonumber(info[name])
  end
end
local packings = {
  [0] = "none", "gzip", "zstd", "text mode", "latin1", "chunked",
}
function fields.compression(info)
  return packings[info.compression]
end
function fields.parts(info)
  local sizes = {}
  for _, part in ipairs(parts) do
    sizes[part.name] = tonumber(info.part[part.at])
  end
  return proxy.in_order(sizes)
end
for _, name in ipairs {
  "size", "file_size", "generations", "threads", "procs", "goroutines",
} do
  fields[name] = function(info)
    return tonumber(info[name])
  end
end

-- What the engine counts up at the end of a generation.
local counted_late = { threads = true, procs = true, goroutines = true }

function fields.written()
  return writer.written(told.damages)
end

-- What of the windows has gone by.
local function covered_of(windows, duration)
  local sum, start = 0, wall_clock.state.start
  for _, w in ipairs(windows) do
    sum = sum + math.max(0, math.min(w.to - start, duration) -
      math.max(w.from - start, 0))
  end
  return sum
end

local field_names = { "argument", "binary", "covered", "file", "inputs",
  "output", "url" }
for name in pairs(fields) do
  field_names[#field_names + 1] = name
end
table.sort(field_names)
local is_field = {}
for _, name in ipairs(field_names) do
  is_field[name] = true
end

local methods = {}

-- strings(): an iterator over the strings that the trace has so far. A loop that
-- takes it for one calls it with two values.
function methods.strings(...)
  if select("#", ...) > 1 then
    error("call it: for s in trace.strings() do", 2)
  end
  return names.each_string()
end

local function check(wrong)
  if wrong then
    error(wrong, 3)
  end
end

local function check_goroutine(name, g)
  if not argument.is_id(g) then
    error(("trace.%s wants the id of a goroutine, not %s"):format(name,
      argument.shown(g)), 3)
  end
end

-- hide(g): what goroutine g does to itself is not written, from the event at
-- hand on; show(g): it is again. has_shown(g): whether one that hide_others left
-- has come up.
for name, call in pairs { hide = writer.hide, show = writer.show,
  has_shown = writer.has_met } do
  methods[name] = function(g)
    check_goroutine(name, g)
    return call(g)
  end
end

-- hide_others(g, ...): the same of all goroutines but these, in the whole trace.
function methods.hide_others(...)
  local marks = event_fields.around
  local has_begun = event_fields.has_event() or marks.mark_n >= 0
  if has_begun and not marks.looking then
    error("trace.hide_others holds for the whole trace: call it in on.begin " ..
      "or a scan hook", 2)
  end
  for i = 1, select("#", ...) do
    check_goroutine("hide_others", (select(i, ...)))
  end
  writer.hide_others { ... }
end

-- What belongs to tasks is kept with the accounts of spans.
local needs_accounts = { task = true, each_task = true }

local function has_accounts()
  return span_fields.is_accounted(span_fields.by_kind.task)
end

local function check_spans(name)
  local span_maker = span_fields.maker
  local is_kept = span_maker.has_objects and
    (has_accounts() or not needs_accounts[name])
  if not (span_maker.handle and is_kept) then
    error(('trace.%s: nothing is known of that here: say needs = "spans" ' ..
      "at the top of the script"):format(name), 3)
  end
end

-- Which stage a script is, by the environment of the function that called us.
local stages = {}

local function caller()
  local level = 3
  local info = debug.getinfo(level, "f")
  while info do
    local env = getfenv(info.func)
    for i, stage in ipairs(stages) do
      if stage.env == env then
        return i
      end
    end
    level = level + 1
    info = debug.getinfo(level, "f")
  end
  return #stages
end

-- set_stages(list): those of the run.
local function set_stages(list)
  stages = list
end

-- region{...}, task{...}, log{...}: into the trace that is written. task: its id.
local function asks_for(kind)
  return function(values)
    local id, wrong = insert.ask(kind, values, state[current].output ~= nil,
      caller())
    if wrong then
      error(("trace.%s: %s"):format(kind, wrong), 2)
    end
    return id
  end
end
methods.region, methods.log = asks_for "region", asks_for "log"
local new_task = asks_for "task"

local goroutine = lazy "gotrace.span.goroutine"
local machine = lazy "gotrace.span.machine"
local open_spans = lazy "gotrace.span.open"
local task = lazy "gotrace.span.task"

-- By id, what is known of each as of the event at hand; nil: nothing.
local objects = {
  goroutine = { of = goroutine, "of", wants = "the id of a goroutine" },
  task = { of = task, "of", wants = "the id of a task" },
  proc = { of = machine, "proc", wants = "the id of a proc" },
  thread = { of = machine, "thread", wants = "the id of a thread" },
  gc = { of = machine, "gc", wants = "the number of a collection, from 1" },
}
for name, object in pairs(objects) do
  methods[name] = function(id)
    if name == "task" and type(id) == "table" then
      return (new_task(id))
    end
    check_spans(name)
    if not argument.is_id(id) then
      error(("trace.%s wants %s, not %s"):format(name, object.wants,
        argument.shown(id)), 2)
    end
    return (object.of()[object[1]](id))
  end
end

-- Iterators over all that have come up; `trace.goroutines` is a number.
for name, of in pairs { each_goroutine = goroutine, each_task = task } do
  methods[name] = function()
    check_spans(name)
    return (of().each())
  end
end

-- Which mark scripts were told of last.
local marked

-- each_open(least): an iterator over the spans that are going on as a generation begins, of the
-- kinds that hooks ask for: each is the span at hand until the next one. least: only those
-- that have lasted for so many ns; the others cost next to nothing then.
function methods.each_open(least)
  if not span_fields.maker.handle then
    error("trace.each_open: no hook of this script asks for spans", 2)
  elseif marked ~= "generation" or event_fields.around.mark_n < 0 then
    error("trace.each_open is for on.generation: what is open is looked " ..
      "through there", 2)
  end
  if least ~= nil and (type(least) ~= "number" or least ~= least) then
    error("trace.each_open: a number of ns is wanted, not " ..
      (least ~= least and "NaN" or "a " .. type(least)), 2)
  end
  return (open_spans().each(event_fields.around.mark_time, least or 0))
end

-- window(from, to): only this part is looked at, and written. Several are put
-- together.
function methods.window(from, to)
  check(window.add(from, to))
end

-- split(time): another output begins there.
function methods.split(time)
  check(window.split(time))
end

-- What the engine knows of each trace object; a copy of the last state once
-- the trace is closed.
local Trace = {}

function Trace.__index(self, name, ...)
  local s = state[self]
  if not (is_field[name] or methods[name]) then
    error(('a trace has no field "%s"%s; it has %s'):format(tostring(name),
      suggest.hint(tostring(name), field_names),
      table.concat(field_names, ", ")), 2)
  elseif not s.info then
    error("no trace is open while the scripts load; use on.begin", 2)
  end
  local field = fields[name]
  if s.stopped and counted_late[name] then
    return nil
  elseif s.bound and s.bound[name] then
    return s.bound[name]
  elseif name == "covered" then -- of a bound trace events lie behind all windows
    return covered_of(s.windows or { window.all },
      s.bound and math.huge or self.duration)
  end
  return methods[name] or field and field(s.info) or s[name]
end

-- pairs(trace): what is known of it.
function Trace.__pairs(self)
  local known = {}
  for _, name in ipairs(field_names) do
    known[name] = self[name]
  end
  return proxy.pairs_of(known)
end

function Trace.__tostring(self)
  return "trace " .. printable.line(state[self].file or "")
end

-- The `trace` of all scripts: one object, which shows the trace at hand.
local new_trace
new_trace, state = proxy.class("trace", nil, Trace)
current = new_trace {}
around.trace = current

-- A path as messages show it.
local function shown(path)
  local off = path:match "^%-(@%d+)$"
  return path == "-" and "standard input" or
    off and "standard input" .. off or path
end

-- input: of input.lua; inputs: how many traces the run is known to have in all;
-- output: the file that it writes, if it does.
local function set_current(input, inputs, info, output)
  state[current] = { file = input.name, argument = input.argument,
    inputs = inputs, info = info, output = output,
    url = input.url and urls.shown(input.url) }
end

-- Which parts of it hooks see.
local function set_windows(windows)
  state[current].windows = windows
end

-- The program that names the stacks of a trace of Go 1.5, or nil.
local function set_binary(path)
  state[current].binary = path
end

-- bound(events, duration): what of the trace is looked at, where that is less
-- than the engine has read.
local function bound(events, duration)
  state[current].bound = { events = events,
    duration = duration - wall_clock.state.start }
end

-- stop(): the trace is read no further than this, amid a generation.
local function stop()
  state[current].stopped = true
end

local lost = ffi.new "uint64_t[1]"
local whole_until -- the time from which on events are lost, or nil

-- Damage is counted from now on as it is told.
local function begin_telling()
  told.damages, told.lost, whole_until = 0, 0, nil
end

-- mark: the event that stands for a damage, or for several.
local function tell(mark, handle)
  local raw = C.gotrace_damage(handle, mark.arg[0], lost)
  local is_loss = mark.arg[2] > told.lost or raw ~= nil and raw.cut == 1
  whole_until = whole_until or is_loss and tonumber(mark.time) or nil
  told.damages, told.lost = tonumber(mark.arg[3]), tonumber(mark.arg[2])
end

-- Up to which time nothing is lost, in ns; nil: of the whole trace nothing is, or all.
local function whole()
  return whole_until and whole_until > 0 and whole_until or nil
end

-- All is told.
local function end_telling()
  told.damages, told.lost = false, false
end

-- The engine is about to take its info back.
local function keep_current()
  local s = state[current]
  s.info = ffi.new("gotrace_info", s.info[0])
end

local clocks = setmetatable({}, { __mode = "k" })

-- Wall clock at its first batch: seconds, nanoseconds; nil when unknown.
local function wall(gen)
  local clock = clocks[gen]
  if not clock then
    error("call it as gen:wall()", 2)
  end
  return clock.seconds, clock.ns
end

local new_generation, generations
new_generation, generations = proxy.class("generation", nil, {
  __index = function(gen, name, ...)
    local value = name == "wall" and wall or generations[gen][name]
    if value == nil then
      local list = proxy.sorted_keys(generations[gen])
      error(('a generation has no field "%s"%s; it has %s, wall()'):format(
        tostring(name), suggest.hint(tostring(name), list),
        table.concat(list, ", ")), 2)
    end
    return value
  end,
  __tostring = function(gen)
    local known = generations[gen]
    return ("generation %d: %d bytes"):format(known.n, known.bytes)
  end,
})

-- generation(raw): an object of its own, so that scripts may keep it.
local function generation(raw)
  marked = "generation"
  local time = tonumber(raw.time)
  local gen = new_generation {
    n = tonumber(raw.gen),
    off = tonumber(raw.off),
    bytes = tonumber(raw["end"] - raw.off),
    time = time,
    batches = tonumber(raw.batches),
    strings = tonumber(raw.strings),
    stacks = tonumber(raw.stacks),
    samples = tonumber(raw.samples),
  }
  local seconds, ns = event.wall_at(time, raw)
  clocks[gen] = { seconds = seconds, ns = ns }
  return gen
end

-- Damage number i of the trace, from 0; nil behind those that are kept. time: of the last
-- event before it, where that is known.
local function damage(handle, i, time)
  marked = "damage"
  local raw = C.gotrace_damage(handle, i, lost)
  if raw ~= nil then
    return diag.of(raw, tonumber(lost[0]), cause.of(raw,
      C.gotrace_info_of(handle)), time)
  end
end

return {
  current = current,
  shown = shown,
  set_current = set_current,
  set_windows = set_windows,
  set_stages = set_stages,
  set_binary = set_binary,
  bound = bound,
  stop = stop,
  begin_telling = begin_telling,
  tell = tell,
  whole = whole,
  end_telling = end_telling,
  keep_current = keep_current,
  generation = generation,
  damage = damage,
  parts = parts,
}
