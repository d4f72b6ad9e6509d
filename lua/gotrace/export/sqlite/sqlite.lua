-- sqlite.lua: export.sqlite: a database of SQLite. Spans go to the engine, which makes rows of
-- them; here are all other tables, and what is done at the ends.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local errors = require "gotrace.base.errors"
local event = require "gotrace.event.event"
local event_fields = require "gotrace.event.fields"
local fields = require "gotrace.span.fields"
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local schema = require "gotrace.export.sqlite.schema"
local spec = require "gotrace.engine.event_table"
local stack_tables = require "gotrace.export.sqlite.stacks"
local value = require "gotrace.export.value"
local diag = require "gotrace.engine.diag"

local OK, NAMES = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_NAMES)
local UNSUPPORTED = tonumber(C.GOTRACE_UNSUPPORTED)
local SAMPLE = spec.by_name.CPUSample.id
local cur, maker = fields.cur, fields.maker
local int64 = ffi.typeof "int64_t"

local unknown = ffi.new "uint32_t[1]"

-- Where rows go

local methods = {}

local new, of = proxy.class("database", "spans and events are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a database has no "%s": it has ' ..
      "add_span and add_event"):format(tostring(name)), 2)
  end,
})

local function self_of(object, name)
  local self = of[object] or
    value.refuse("call it with a colon: database:%s()", name)
  if not self.db then
    value.refuse("database:%s: rows are added by hooks of on, not of scan",
      name)
  end
  return self
end

local function id_of(id)
  id = int64(id)
  return id >= 0 and id or nil
end

local function stack_of(self, id)
  if id == 0 then
    return nil
  elseif not C.gotrace_sqlite_use_stack(self.db, id) then
    memory.stop()
  end
  return id
end

-- Spans

local function name_unknown(self)
  local text = printable.line(names.string_of(unknown[0]))
  if not C.gotrace_sqlite_name(self.db, unknown[0], text, #text) then
    memory.stop()
  end
end

-- The event that ends the span at hand; nil: none does, or the span is a copy.
local function event_of(view)
  local e = event_fields.cur.e
  if view == cur and e.type ~= 0 then
    return e
  end
end

-- A row that was not made, by add(db, raw, ..., unknown, why) of the engine: names are told
-- until it is.
local function settle(self, status, add, ...)
  while status == NAMES do
    name_unknown(self)
    status = tonumber(add(self.db, ...))
  end
  file.check(status)
end

-- add_span(s): its row; of goroutines there are goroutine_stats.
function methods.add_span(object, s, ...)
  local self, view = self_of(object, "add_span"), value.span(s)
  if view == cur and fields.is_idle() then
    value.refuse "there is no current span here; s:copy() keeps one"
  end
  local e = event_of(view)
  local status = tonumber(C.gotrace_sqlite_span(self.db, view.s, e, unknown,
    file.why))
  if status ~= OK then
    settle(self, status, C.gotrace_sqlite_span, view.s, e, unknown, file.why)
  end
end

-- Events

-- Labels of samples: the task that the goroutine works on, and the region it is in.
local function labels_of(g)
  local list = {}
  if maker.handle and g >= 0 then
    local task = C.gotrace_spans_task_of(maker.handle, g)
    local region = C.gotrace_spans_region(maker.handle, g)
    if task > 0 then
      list[1] = { "task",
        names.string_of(C.gotrace_spans_task_name(maker.handle, task)) }
    end
    if region > 0 then
      list[#list + 1] = { "region", names.string_of(region) }
    end
  end
  return list
end

-- The number of a set of labels; nil for none.
local function set_of(self, list)
  local parts = {}
  for _, label in ipairs(list) do
    parts[#parts + 1] = ("%s=%d:%s"):format(label[1], #label[2], label[2])
  end
  local text = table.concat(parts, ",")
  if #list > 0 and not self.sets[text] then
    self.set_count = self.set_count + 1
    self.sets[text] = self.set_count
    for _, label in ipairs(list) do
      self.label_sets:add(self.set_count, label[1], printable.line(label[2]))
    end
  end
  return self.sets[text]
end

local function add_sample(self, e)
  self.stack_samples:add(self.file, "samples/count", stack_of(self, e.arg[0]),
    1, e.time, set_of(self, labels_of(e.g)), id_of(e.g), id_of(e.p),
    id_of(e.m))
end

-- add_event(ev): its row: of metrics, CPU samples, logs and labels; others have none.
function methods.add_event(object, ev)
  local self, view = self_of(object, "add_event"), event.view_of(ev)
  if not view then
    value.refuse("an event is wanted, as hooks have it, or a copy of one, " ..
      "not %s", proxy.kind(ev))
  elseif view.e.type == SAMPLE then
    return add_sample(self, view.e)
  end
  local status = tonumber(C.gotrace_sqlite_event(self.db, view.e, unknown,
    file.why))
  if status ~= OK then
    settle(self, status, C.gotrace_sqlite_event, view.e, unknown, file.why)
  end
end

-- Statements

local number = ffi.new "uint32_t[1]"
local function set(db, statement, i, one)
  if type(one) == "string" then
    C.gotrace_sqlite_set_text(db, statement, i, one, #one)
  elseif one ~= nil then
    C.gotrace_sqlite_set_number(db, statement, i, one)
  end
end

local Inserter = {}
Inserter.__index = Inserter

-- add(...): a row, nil for NULL.
function Inserter.add(self, ...)
  for i = 1, select("#", ...) do
    set(self.db, self.number, i, (select(i, ...)))
  end
  file.check(C.gotrace_sqlite_step(self.db, self.number, file.why))
end

-- Rows of a table with n columns.
local function inserter(db, name, n)
  local sql = ("INSERT INTO %s VALUES (%s?)"):format(name, ("?,"):rep(n - 1))
  file.check(C.gotrace_sqlite_prepare(db, sql, number, file.why))
  return setmetatable({ db = db, number = number[0] }, Inserter)
end

-- Begin and end

local tables = { meta = 2, files = 11, functions = 3, frames = 4, stacks = 2,
  stack_frames = 3, label_sets = 5, stack_samples = 9 }

local function open(self)
  local out = ffi.new "gotrace_sqlite *[1]"
  local status = C.gotrace_sqlite_open(out, file.raw(), names.handle,
    schema.tables, file.why)
  if tonumber(status) == UNSUPPORTED then
    errors.stop(errors.status.output, "export.sqlite: %s",
      tostring(diag.of(file.why)))
  end
  file.check(status)
  self.db = ffi.gc(out[0], C.gotrace_sqlite_free)
  for _, name in ipairs(proxy.sorted_keys(tables)) do
    self[name] = inserter(self.db, name, tables[name])
  end
  self.meta:add("exporter", "gotrace-lua " .. host.version)
  self.meta:add("schema", "1")
end

-- make(spec): there is nothing to say yet.
local function make(spec_of_script)
  if next(spec_of_script) ~= nil then
    value.refuse "export.sqlite takes an empty table"
  end
  return new { file = 0, set_count = 0, sets = {} }
end

local function begin_trace(object)
  local self = of[object]
  if not self.db then
    open(self)
  end
  self.file, self.wall = self.file + 1, nil
  C.gotrace_sqlite_set_file(self.db, self.file)
end

-- The wall clock at time 0, from the first generation that knows it.
local function see_clock(object, time, seconds, ns)
  local self = of[object]
  if not self.wall and seconds then
    self.wall = int64(seconds) * 1000000000LL + int64(ns) - int64(time)
  end
end

local raw = ffi.new "gotrace_goroutine"

local function add_goroutine(self, id, now)
  if not C.gotrace_spans_goroutine(maker.handle, id, now, raw) then
    return
  end
  local status = tonumber(C.gotrace_sqlite_goroutine(self.db, raw, unknown,
    file.why))
  if status ~= OK then
    settle(self, status, C.gotrace_sqlite_goroutine, raw, unknown, file.why)
  end
end

local function add_goroutines(self)
  local i, now = 0, maker.now()
  local id = C.gotrace_spans_goroutine_at(maker.handle, i)
  while id >= 0 do
    add_goroutine(self, id, now)
    i = i + 1
    id = C.gotrace_spans_goroutine_at(maker.handle, i)
  end
end

local function end_trace(object, trace)
  local self = of[object]
  self.files:add(self.file, printable.line(trace.file), trace.version,
    trace.duration, trace.covered, self.wall, trace.events,
    trace.generations, trace.size, trace.damages, trace.lost)
  if maker.handle then
    add_goroutines(self)
  end
end

local function finish(object)
  local self = of[object]
  file.check(C.gotrace_sqlite_flush(self.db, file.why))
  stack_tables.add(self)
  file.check(C.gotrace_sqlite_run(self.db, schema.views, file.why))
  file.check(C.gotrace_sqlite_end(self.db, file.raw(), file.why))
  C.gotrace_sqlite_free(ffi.gc(self.db, nil))
  self.db = nil
end

return { make = make, begin_trace = begin_trace, see_clock = see_clock,
  end_trace = end_trace, finish = finish, packed = false, adds = true,
  is_text = false }
