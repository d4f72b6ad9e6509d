-- pprof.lua: export.pprof: a profile of pprof.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local samples = require "gotrace.export.profile.samples"
local value = require "gotrace.export.value"
local memory = require "gotrace.engine.memory"

local OK = tonumber(C.GOTRACE_OK)

-- What `go tool trace -pprof` has, so that profiles of both can be put together.
local GO = { "contentions count", "delay nanoseconds" }
local PERIOD = { "trace", "count" }

local methods = {}

local new, of = proxy.class("profile", "samples are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a profile has no "%s": it has add and ' ..
      "add_span"):format(tostring(name)), 2)
  end,
})

local function self_of(object, name)
  return of[object] or
    value.refuse("call it with a colon: profile:%s()", name)
end

-- A script's labels as a list, sorted by name.
local function list_of(labels)
  if type(labels) ~= "table" then
    value.refuse("labels are a table such as { reason = \"sync\" }, not %s",
      proxy.kind(labels))
  end
  local list = {}
  for _, key in ipairs(proxy.sorted_keys(labels)) do
    local one = labels[key]
    if type(one) == "number" then
      one = value.number(one)
    end
    value.text(one)
    list[#list + 1] = { key = value.text(key), value = one }
  end
  return list
end

-- add(stack, value, labels, count): value: of the last of its types; count: of the first
-- of two. stack: nil for none. Labels are strings, or whole numbers, by name.
function methods.add(object, stack, amount, labels, count, ...)
  local self = self_of(object, "add")
  local set = labels and samples.of_list(self.samples, list_of(labels)) or 0
  local number = value.number(amount or 1)
  if self.types == 1 then
    samples.add(self.samples, value.stack(stack), set, number, 0)
  else
    samples.add(self.samples, value.stack(stack), set,
      value.number(count or 1), number)
  end
end

-- add_span(s): one, and how long it was, as the profile was made for it.
function methods.add_span(object, s, ...)
  local self = self_of(object, "add_span")
  if not self.go then
    samples.add_span(self.samples, value.span(s).s, self.rule)
  elseif not C.gotrace_go_waits_add(self.go, value.span(s).s) then
    memory.stop()
  end
end

-- How it is made

local function type_of(text)
  local name, unit = tostring(text):match "^(%S+) (%S+)$"
  if type(text) ~= "string" or not name then
    value.refuse('export.pprof: a type of values is its name and its unit, ' ..
      'such as "delay nanoseconds"')
  end
  return { name, unit }
end

local function types_of(spec)
  local types = {}
  for i, text in ipairs(#spec > 0 and spec or GO) do
    types[i] = type_of(text)
  end
  if #types > 2 then
    value.refuse "export.pprof: there are two types of values at most"
  end
  return types
end

local go_kinds = { net = C.GOTRACE_GO_NET, sync = C.GOTRACE_GO_SYNC,
  syscall = C.GOTRACE_GO_SYSCALL, sched = C.GOTRACE_GO_SCHED }
local not_with_go = { 1, "labels", "states", "stack", "open" }

-- What Go counts of a kind goes to these samples; nil if the spec names no kind.
local function go_of(spec, list)
  if spec.go == nil then
    return nil
  end
  for _, name in ipairs(not_with_go) do
    if spec[name] ~= nil then
      value.refuse "export.pprof: what go = counts has no say in how"
    end
  end
  local kind = value.one_of("go", spec.go, { "net", "sync", "syscall",
    "sched" })
  local go = ffi.gc(C.gotrace_go_waits_new(list.sums, names.handle,
    go_kinds[kind]), C.gotrace_go_waits_free)
  if go == nil then
    memory.stop()
  end
  return go
end

-- make(spec): spec: { "NAME UNIT" of one or two types of values, comment = a line, and for
-- add_span what value.span_spec has, or go = "net", "sync", "syscall" or "sched": what `go
-- tool trace -pprof` counts of all states of a trace }.
local function make(spec)
  local types, of_spans = types_of(spec), value.span_spec(spec)
  local list = samples.new()
  return new {
    types = #types,
    type_names = types,
    samples = list,
    labels = of_spans.labels,
    rule = samples.rule(#types, of_spans),
    go = go_of(spec, list),
    comment = spec.comment and value.text(spec.comment) or nil,
    duration = 0,
  }
end

-- see_clock(object, time, seconds, ns): the wall clock at a generation's begin.
local function see_clock(object, time, seconds, ns)
  local self = of[object]
  if not self.time and seconds then
    self.time = ffi.cast("int64_t", seconds) * 1000000000LL +
      ffi.cast("int64_t", ns) - ffi.cast("int64_t", time)
  end
end

local function end_trace(object, trace)
  local self = of[object]
  samples.end_trace(self.samples, self.labels)
  if self.go and not C.gotrace_go_waits_end_trace(self.go) then
    memory.stop()
  end
  self.duration = self.duration + trace.covered
end

-- How it is written

local function fill_label(raw, label)
  raw.key = names.id_of(label.key)
  if type(label.value) == "number" then
    raw.number, raw.unit = label.value, names.id_of "id"
  else
    raw.text = names.id_of(label.value)
  end
end

-- The labels of all sets behind each other, and where each set ends.
local function arrays_of(sets)
  local n = 0
  for _, set in ipairs(sets) do
    n = n + #set
  end
  local labels = ffi.new("gotrace_label[?]", n + 1)
  local ends, at = ffi.new("uint32_t[?]", #sets + 1), 0
  for i, set in ipairs(sets) do
    for _, label in ipairs(set) do
      fill_label(labels[at], label)
      at = at + 1
    end
    ends[i] = at
  end
  return labels, ends
end

local function about_of(self, labels, ends)
  local about = ffi.new "gotrace_profile"
  about.labels, about.label_ends, about.types = labels, ends, self.types
  for i, one in ipairs(self.type_names) do
    about.type[i - 1], about.unit[i - 1] = names.id_of(one[1]),
      names.id_of(one[2])
  end
  about.period_type, about.period_unit = names.id_of(PERIOD[1]),
    names.id_of(PERIOD[2])
  about.default_type = about.type[self.types - 1]
  about.comment = names.id_of(self.comment or
    ("gotrace-lua %s"):format(host.version))
  about.time, about.duration = self.time or 0, self.duration
  return about
end

local id = ffi.new "uint32_t[1]"

-- No reader of profiles looks for what steers a terminal, or is no text.
local function put_texts(pprof)
  local i = 0
  while C.gotrace_pprof_text_at(pprof, i, id) do
    local text = printable.line(names.string_of(id[0]))
    file.check(C.gotrace_pprof_text(pprof, text, #text, file.why))
    i = i + 1
  end
end

local function finish(object)
  local self = of[object]
  local whole = samples.settled(self.samples)
  local labels, ends = arrays_of(whole.sets)
  local about = about_of(self, labels, ends)
  local pprof = ffi.gc(C.gotrace_pprof_new(file.raw(), names.handle),
    C.gotrace_pprof_free)
  if pprof == nil then
    memory.stop()
  end
  local status = C.gotrace_pprof_write(pprof, whole.sums, about, file.why)
  if tonumber(status) == OK then
    put_texts(pprof)
    status = C.gotrace_pprof_end(pprof, file.why)
  end
  file.check(status)
end

return { make = make, see_clock = see_clock, end_trace = end_trace,
  finish = finish, packed = true, adds = true, is_text = false }
