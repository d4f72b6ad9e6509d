-- firefox.lua: export.firefox: threads with what they did from moment to moment, and markers,
-- in the "processed" form of profiles of https://profiler.firefox.com, version 60 of it, which
-- later ones read too.
--
-- All of a thread stands together there, and behind all the stacks that its samples have: it is
-- held until the end, as text.
local ffi = require "ffi"
local buffer = require "string.buffer"
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local json = require "gotrace.printing.json"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local tables = require "gotrace.export.profile.firefox_tables"
local value = require "gotrace.export.value"

local VERSION = 60
local MOST_VISIBLE = 20 -- threads that are shown at first
local PIECE = 65536 -- bytes that are handed on together
local INTERVAL = "0.001" -- ms that the last sample of a thread lasts
local int64 = ffi.typeof "int64_t"

local methods = {}

local new, of = proxy.class("profile", "threads are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a profile has no "%s": it has %s'):format(
      tostring(name), table.concat(proxy.sorted_keys(methods), ", ")), 2)
  end,
})

local function self_of(object, name)
  return of[object] or value.refuse("call it with a colon: profile:%s()", name)
end

-- Whole numbers of any size, in digits.
local function digits(n)
  return ("%.0f"):format(n)
end

-- A time in ns as ms.
local function ms(ns)
  local rest = ns % 1000000
  return ("%.0f.%06d"):format((ns - rest) / 1000000, rest)
end

local function time_of(time)
  local ns = value.number(time)
  if ns < 0 then
    value.refuse("a time in ns since the trace began is wanted, not %s",
      digits(ns))
  end
  return ns
end

-- Columns of a table, each as text.
local function columns(names)
  local list = { n = 0, names = names }
  for i = 1, #names do
    list[i] = buffer.new()
  end
  return list
end

local function add_row(list, ...)
  local comma = list.n > 0 and "," or ""
  for i = 1, #list.names do
    list[i]:put(comma, (select(i, ...)))
  end
  list.n = list.n + 1
end

local function put_columns(list)
  for i, name in ipairs(list.names) do
    file.put(('"%s":['):format(name))
    while #list[i] > 0 do
      file.put(list[i]:get(PIECE))
    end
    list[i]:free()
    file.put "],"
  end
  file.put(('"length":%d}'):format(list.n))
end

-- Threads

local function process_of(self, name)
  local process = self.processes[name]
  if not process then
    process = { pid = self.process_count + 1, name = name }
    self.processes[name], self.process_count = process, process.pid
  end
  return process
end

local function add_thread(self, name, process, id)
  local thread = { at = #self.threads, name = name, id = id, last = 0,
    busy = 0, process = process_of(self, process),
    samples = columns { "stack", "time", "weight" }, markers = columns {
      "data", "name", "startTime", "endTime", "phase", "category" } }
  thread.is_main = not thread.process.has_main
  thread.process.has_main = true
  self.threads[thread.at + 1] = thread
  return thread.at
end

-- thread(name, spec): a new one's number. spec: { process = the name of what it is shown
-- below, id = its number there }.
function methods.thread(object, name, spec)
  local self = self_of(object, "thread")
  spec = spec or {}
  return add_thread(self, value.text(name), value.text(spec.process or name),
    value.number(spec.id or #self.threads))
end

local function thread_of(self, number)
  return self.threads[(tonumber(number) or -1) + 1] or
    value.refuse("a thread is wanted, as profile:thread() returns it, not %s",
      tostring(number))
end

-- What is over, where nothing follows at once.
local function close(thread)
  if thread.samples.n > 0 then
    add_row(thread.samples, "null", ms(thread.last), "0")
  end
end

local function check_order(thread, from, to)
  if from < thread.last or to < from then
    value.refuse("what %s did comes in the order of time: %s to %s is " ..
      "behind %s", printable.line(thread.name), digits(from), digits(to),
      digits(thread.last))
  end
end

-- sample(thread, from, to, stack, category, detail): it was there from one time to another, in
-- ns: Waiting, say, for a "chan receive". Within a thread times come in order and do not overlap.
function methods.sample(object, number, from, to, stack, category, detail, ...)
  local self = self_of(object, "sample")
  local thread = thread_of(self, number)
  from, to = time_of(from), time_of(to)
  check_order(thread, from, to)
  if from > thread.last then
    close(thread)
  end
  category = value.text(category or "Other")
  local node = self.tables:leaf(value.stack(stack), category,
    detail and value.text(detail))
  add_row(thread.samples, node, ms(from), ms(to - from))
  thread.last = to
  thread.busy = thread.busy + (category == "Running" and to - from or 0)
end

-- Markers

local kinds_of_field = { string = "string", number = "integer" }

-- The fields of a type of markers, as they have been seen.
local function schema_of(self, type)
  local schema = self.schemas[type]
  if not schema then
    schema = { type = type, fields = {} }
    self.schemas[type] = schema
    self.schemas[#self.schemas + 1] = schema
  end
  return schema
end

local function field_text(schema, name, v)
  if type(name) ~= "string" or name == "type" or name == "cause" then
    value.refuse("no field of a marker is called %s", tostring(name))
  elseif not kinds_of_field[type(v)] then
    value.refuse("a field of a marker is a string or a number, not %s",
      proxy.kind(v))
  end
  schema.fields[name] = schema.fields[name] or kinds_of_field[type(v)]
  return json.json(printable.line(name)) .. ":" .. (type(v) == "number" and
    digits(value.number(v)) or json.json(printable.line(v)))
end

local function data_text(self, spec)
  local schema = schema_of(self, value.text(spec.type or "Marker"))
  local parts = { '{"type":' .. json.json(printable.line(schema.type)) }
  local stack = self.tables:stack(value.stack(spec.stack))
  if stack ~= "null" then
    parts[2] = ('"cause":{"stack":%d}'):format(stack)
  end
  local fields = spec.fields or {}
  for _, name in ipairs(proxy.sorted_keys(fields)) do
    parts[#parts + 1] = field_text(schema, name, fields[name])
  end
  return table.concat(parts, ",") .. "}"
end

-- marker(thread, from, to, name, spec): something from one time to another, at one time if `to`
-- is nil. spec: { type = "Region": those of a type have the same fields, category = "User",
-- stack =, fields = { name = a string or a whole number } }. They come in any order.
function methods.marker(object, number, from, to, name, spec)
  local self = self_of(object, "marker")
  local markers = thread_of(self, number).markers
  spec = spec or {}
  from, to = time_of(from), to and time_of(to)
  if to and to < from then
    value.refuse("a marker ends at %s, before it begins at %s", digits(to),
      digits(from))
  end
  local category = self.tables:category(value.text(spec.category or "Other"))
  add_row(markers, data_text(self, spec), self.tables:text(value.text(name)),
    ms(from), to and ms(to) or "null", to and 1 or 0, category)
end

-- Counters

-- counter(name): a new one's number: bytes, from moment to moment.
function methods.counter(object, name)
  local self = self_of(object, "counter")
  local at = #self.counters
  self.counters[at + 1] = { name = value.text(name), last = 0, time = 0,
    samples = columns { "time", "count" } }
  return at
end

-- count(counter, time, bytes): how many there are from then on.
function methods.count(object, number, time, bytes, ...)
  local self = self_of(object, "count")
  local counter = self.counters[(tonumber(number) or -1) + 1] or
    value.refuse("a counter is wanted, as profile:counter() returns it")
  time, bytes = time_of(time), value.number(bytes)
  if time < counter.time then
    value.refuse("a counter counts in the order of time: %s is before %s",
      digits(time), digits(counter.time))
  end
  add_row(counter.samples, ms(time), digits(bytes - counter.last))
  counter.time, counter.last = time, bytes
end

-- How it is written

local function schemas_text(self)
  local parts = {}
  for i, schema in ipairs(self.schemas) do
    local fields = {}
    for k, name in ipairs(proxy.sorted_keys(schema.fields)) do
      local text = json.json(printable.line(name))
      fields[k] = ('{"key":%s,"label":%s,"format":"%s"}'):format(text, text,
        schema.fields[name])
    end
    parts[i] = ('{"name":%s,"display":["marker-chart","marker-table",' ..
      '"timeline-overview"],"fields":[%s]}'):format(
      json.json(printable.line(schema.type)), table.concat(fields, ","))
  end
  return "[" .. table.concat(parts, ",\n") .. "]"
end

-- Those that ran for longest, behind the first, which has what is nobody's.
local function visible(self)
  local list = {}
  for i = 2, #self.threads do
    list[i - 1] = self.threads[i]
  end
  table.sort(list, function(a, b)
    return a.busy > b.busy or a.busy == b.busy and a.at < b.at
  end)
  local numbers = { 0 }
  for i = 1, math.min(MOST_VISIBLE - 1, #list) do
    numbers[i + 1] = list[i].at
  end
  table.sort(numbers)
  return table.concat(numbers, ",")
end

-- Ms since 1970, with the ns.
local function start_text(self)
  local wall = self.wall or 0LL
  return (tostring(wall / 1000000LL):gsub("LL", "")) ..
    (".%06d"):format(tonumber(wall % 1000000LL))
end

local function put_meta(self)
  file.put(('{"meta":{"product":%s,"importedFrom":"gotrace-lua %s",\n' ..
    '"preprocessedProfileVersion":%d,"version":30,"processType":0,' ..
    '"stackwalk":1,"symbolicated":true,"symbolicationNotSupported":true,' ..
    '"usesOnlyOneStackType":true,"sourceCodeIsNotOnSearchfox":true,' ..
    '"keepProfileThreadOrder":true,"interval":%s,"startTime":%s,' ..
    '"profilingStartTime":0,"profilingEndTime":%s,' ..
    '"initialVisibleThreads":[%s],\n"categories":%s,\n"markerSchema":%s},\n')
    :format(json.json(printable.line(self.name or "")), host.version, VERSION,
    INTERVAL, start_text(self), ms(self.duration or 0), visible(self),
    self.tables:categories_text(), schemas_text(self)))
end

-- Later versions of the format have a label for each, and draw the level under these words.
local COUNTER = '%s{"name":%s,"category":"Memory","description":"",' ..
  '"display":{"graphType":"line-accumulated","unit":"bytes",' ..
  '"color":"orange","markerSchemaLocation":null,"sortWeight":20,' ..
  '"label":%s},"pid":"%d","mainThreadIndex":0,"samples":{'

local function put_counters(self)
  for i, counter in ipairs(self.counters) do
    local name = json.json(printable.line(counter.name))
    file.put(COUNTER:format(i > 1 and ",\n" or "", name, name,
      self.threads[1].process.pid))
    put_columns(counter.samples)
    file.put "}"
  end
end

local function put_thread(thread)
  file.put(('{"name":%s,"processName":%s,"processType":"default","pid":"%d",' ..
    '"tid":%s,"isMainThread":%s,"registerTime":0,"unregisterTime":null,' ..
    '"processStartupTime":0,"processShutdownTime":null,"pausedRanges":[],\n' ..
    '"samples":{"weightType":"tracing-ms",'):format(
    json.json(printable.line(thread.name)),
    json.json(printable.line(thread.process.name)), thread.process.pid,
    digits(thread.id), tostring(thread.is_main)))
  put_columns(thread.samples)
  file.put ',\n"markers":{'
  put_columns(thread.markers)
  file.put "}"
end

local function finish(object)
  local self = of[object]
  put_meta(self)
  file.put '"libs":[],\n"counters":['
  put_counters(self)
  file.put '],\n"shared":'
  self.tables:shared(file.put)
  file.put ',\n"threads":['
  for i, thread in ipairs(self.threads) do
    file.put(i > 1 and ",\n" or "")
    close(thread)
    put_thread(thread)
  end
  file.put "]}\n"
end

-- make(spec): spec: { name = of the profile as a whole, thread = of the one that is there from
-- the start, number 0 ("trace") }.
local function make(spec)
  local self = { tables = tables.new(), threads = {}, processes = {},
    process_count = 0, schemas = {}, counters = {},
    name = spec.name and value.text(spec.name) }
  local first = value.text(spec.thread or "trace")
  add_thread(self, first, first, 0)
  return new(self)
end

local function begin_trace(object, trace)
  local self = of[object]
  self.name = self.name or trace.file
end

local function see_clock(object, time, seconds, ns)
  local self = of[object]
  if not self.wall and seconds then
    self.wall = int64(seconds) * 1000000000LL + int64(ns) - int64(time)
  end
end

local function end_trace(object, trace)
  of[object].duration = trace.duration
end

return { make = make, begin_trace = begin_trace, see_clock = see_clock,
  end_trace = end_trace, finish = finish, adds = false, is_text = true }
