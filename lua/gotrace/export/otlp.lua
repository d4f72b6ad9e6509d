-- otlp.lua: export.otlp: spans as OpenTelemetry has them, in the JSON form of its protocol: a
-- request (ExportTraceServiceRequest) a line, with one span. Nothing is held.
--
-- Ids are made of words of the script's, and of the trace's file and its clock: the same each
-- time, and different for different traces.
local ffi = require "ffi"
local bit = require "bit"
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local json = require "gotrace.printing.json"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local INTERNAL = 1 -- SPAN_KIND_INTERNAL
local NS = 1000000000LL
local int64, uint64 = ffi.typeof "int64_t", ffi.typeof "uint64_t"

local methods = {}

local new, of = proxy.class("otlp", "spans are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('it has no "%s": it has add'):format(
      tostring(name)), 2)
  end,
})

-- FNV-1a of 64 bits, its bits mixed once more, as short words differ in few of them.
local function hash(text)
  local h = 0xcbf29ce484222325ULL
  for i = 1, #text do
    h = bit.bxor(h, uint64(text:byte(i))) * 0x100000001b3ULL
  end
  h = bit.bxor(h, bit.rshift(h, 33)) * 0xff51afd7ed558ccdULL
  h = bit.bxor(h, bit.rshift(h, 33))
  return h == 0 and 1ULL or h -- an id is never 0
end

local function trace_id(self, word)
  word = value.text(word)
  return bit.tohex(hash("high " .. self.source .. word), 16) ..
    bit.tohex(hash("low " .. self.source .. word), 16)
end

local function span_id(self, word)
  return bit.tohex(hash("span " .. self.source .. value.text(word)), 16)
end

local function shown(text)
  return json.json(printable.line(value.text(text)))
end

-- ns since 1970, in digits.
local function unix_time(self, time)
  local ns = self.wall + int64(value.number(time))
  return (tostring(ns < 0 and 0LL or ns):gsub("LL", ""))
end

local function value_text(v)
  if type(v) == "number" then
    return ('{"intValue":"%.0f"}'):format(value.number(v))
  elseif type(v) == "boolean" then
    return ('{"boolValue":%s}'):format(tostring(v))
  end
  return ('{"stringValue":%s}'):format(shown(v))
end

-- A table by name, sorted.
local function attributes_text(list)
  if list ~= nil and type(list) ~= "table" then
    value.refuse("attributes are a table, not %s", proxy.kind(list))
  end
  local parts = {}
  for i, name in ipairs(proxy.sorted_keys(list or {})) do
    parts[i] = ('{"key":%s,"value":%s}'):format(shown(name),
      value_text(list[name]))
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

local function events_text(self, list)
  local parts = {}
  for i, event in ipairs(list) do
    parts[i] = ('{"timeUnixNano":"%s","name":%s,"attributes":%s}'):format(
      unix_time(self, event.time), shown(event.name),
      attributes_text(event.attributes))
  end
  return "[" .. table.concat(parts, ",") .. "]"
end

-- The line's begin: who speaks.
local function head(self)
  self.head = self.head or ('{"resourceSpans":[{"resource":{"attributes":%s' ..
    '},"scopeSpans":[{"scope":{"name":"gotrace-lua","version":%s},"spans":[')
    :format(attributes_text {
      ["service.name"] = self.service,
      ["process.runtime.name"] = "go",
    }, json.json(host.version))
  return self.head
end

-- Where the trace's file lies does not matter.
local function know_source(self)
  if not self.source then
    self.wall = self.wall or self.epoch
    self.source = ("%s\n%s\n"):format(self.file, tostring(self.wall))
  end
end

-- add { trace =, id =, parent =, name =, from =, to =, attributes =, events = }: a span. The
-- first three are words from which ids are made (no parent: nil), times ns since the trace
-- began. attributes: by name strings, whole numbers or booleans. events: a list of { time =,
-- name =, attributes = }.
function methods.add(object, span, ...)
  local self = of[object] or value.refuse "call it with a colon: w:add()"
  if type(span) ~= "table" then
    value.refuse("a span is a table, not %s", proxy.kind(span))
  end
  know_source(self)
  local parent = span.parent and
    ('"parentSpanId":"%s",'):format(span_id(self, span.parent)) or ""
  file.put(('%s{"traceId":"%s","spanId":"%s",%s"name":%s,"kind":%d,' ..
    '"startTimeUnixNano":"%s","endTimeUnixNano":"%s","attributes":%s,' ..
    '"events":%s}]}]}]}\n'):format(head(self), trace_id(self, span.trace),
    span_id(self, span.id), parent, shown(span.name), INTERNAL,
    unix_time(self, span.from), unix_time(self, span.to),
    attributes_text(span.attributes), events_text(self, span.events or {})))
end

-- make(spec): spec: { service = what the program is called (the file), epoch = s since 1970
-- at which the trace began, if it does not say itself (0) }.
local function make(spec)
  return new { service = spec.service and value.text(spec.service),
    epoch = int64(spec.epoch and value.number(spec.epoch) or 0) * NS }
end

local function begin_trace(object, trace)
  local self = of[object]
  self.file = trace.file:match "[^/]*$"
  self.service = self.service or self.file
end

-- The first clock counts, as durations stay what they are.
local function see_clock(object, time, seconds, ns)
  local self = of[object]
  if not self.wall and not self.source and seconds then
    self.wall = int64(seconds) * NS + int64(ns) - int64(time)
  end
end

return { make = make, begin_trace = begin_trace, see_clock = see_clock,
  end_trace = function() end, finish = function() end, adds = false,
  is_text = true }
