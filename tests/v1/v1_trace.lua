-- v1 traces for specs: made record by record, and read through the engine, all
-- at once and one byte at a time.
local ffi = require "ffi"
local assert = require "luassert"
local engine = require "support.engine"
local C, lib = ffi.C, engine.lib
local v1 = {}

-- Varints, and what carries their number.

local function varint(v)
  v = ffi.cast("uint64_t", v)
  local out = {}
  while v >= 128 do
    out[#out + 1] = string.char(tonumber(v % 128) + 128)
    v = v / 128
  end
  out[#out + 1] = string.char(tonumber(v))
  return table.concat(out)
end
v1.varint = varint

local function varints(values)
  local out = {}
  for i, v in ipairs(values) do
    out[i] = varint(v)
  end
  return table.concat(out)
end

-- Numbers of the event table by name.
local ids = {}
for line in engine.read(engine.root .. "src/v1/file/record.def"):gmatch "[^\n]+" do
  local id, name = line:match "^V1%((%d+), (%w+),"
  if id then
    ids[name] = tonumber(id)
  end
end
v1.ids = ids

-- A record; in 1.5 one argument more fits before a length is needed.
function v1.record(version, name, ...)
  local values = { ... }
  local base = version < 7 and 2 or 1
  local form = #values - base
  if form < 3 then
    return string.char(ids[name] + form * 64) .. varints(values)
  end
  local args = varints(values)
  return string.char(ids[name] + 3 * 64) .. varint(#args) .. args
end

-- A trace in the making. t:GoCreate(dt, g, ...) adds the record of that name;
-- in 1.5 timed events take the sequence delta before.
local Trace = {}
local methods = {}
Trace.__index = function(_, name)
  return methods[name] or ids[name] and function(self, ...)
    return self:bytes(v1.record(self.version, name, ...))
  end
end

function v1.trace(version)
  local header = ("go 1.%d trace"):format(version)
  local t = setmetatable({ version = version }, Trace)
  return t:bytes(header .. ("\0"):rep(16 - #header))
end

function methods:bytes(s)
  self[#self + 1] = s
  return self
end

function methods:String(id, text)
  return self:bytes(string.char(ids.String) .. varint(id) .. varint(#text) .. text)
end

function methods:Stack(id, ...)
  local frames, values = { ... }, { id, select("#", ...) }
  for _, frame in ipairs(frames) do
    for _, v in ipairs(type(frame) == "table" and frame or { frame }) do
      values[#values + 1] = v
    end
  end
  return self:bytes(v1.record(self.version, "Stack", unpack(values)))
end

function methods:UserLog(dt, task, key, stack, text)
  local record = v1.record(self.version, "UserLog", dt, task, key, stack)
  return self:bytes(record .. varint(#text) .. text)
end

-- The way a trace begins: P 0 of thread 7 runs goroutine 1 when the times begin
-- to count, and nothing else is there.
function methods:start(ticks)
  self:Batch(0, ticks or 1000)
  self:GoCreate(0, 1, 0, 0):ProcStart(0, 7)
  if self.version < 7 then
    error "1.5 numbers its events: write them"
  end
  return self:GoStart(0, 1, 1):Gomaxprocs(0, 1, 0)
end

function methods:text()
  return table.concat(self)
end

-- With a frequency that makes ticks ns.
function methods:finish()
  if self.version < 7 then
    return self:Frequency(1000000000, 0):text()
  end
  return self:Frequency(1000000000):text()
end

-- Offset of the last record.
function methods:last()
  return #self:text() - #self[#self]
end

-- Reading

local function id(v)
  return v == -1 and "-" or ("%d"):format(tonumber(v))
end

local function number(v)
  return tostring(v):gsub("ULL$", "")
end

local text_len = ffi.new "uint32_t[1]"
local function string_of(names, v)
  local s = lib.gotrace_string(names, tonumber(v), text_len)
  return ffi.string(s, text_len[0])
end

local function stack_of(names, v)
  local out = {}
  for i = 0, lib.gotrace_stack_len(names, tonumber(v)) - 1 do
    local f = lib.gotrace_stack_frame(names, tonumber(v), i)
    out[#out + 1] = ("%s:%s"):format(string_of(names, f.func), number(f.line))
  end
  return table.concat(out, ";")
end

local STATUS = { "Runnable", "Running", "Syscall", "Waiting" }
local P_STATUS = { "Running", "Idle" }
local NONE = 0xffffffffffffffffULL

local function value(names, kind, v)
  if kind == C.GOTRACE_ARG_STR then
    return string_of(names, v)
  elseif kind == C.GOTRACE_ARG_STACK then
    return stack_of(names, v)
  elseif kind == C.GOTRACE_ARG_GSTATUS then
    return STATUS[tonumber(v)]
  elseif kind == C.GOTRACE_ARG_PSTATUS then
    return P_STATUS[tonumber(v)]
  end
  return v == NONE and "-" or number(v)
end

-- `time Type m p g name=value ...`; marks are left out.
local function line_of(names, e)
  local spec = lib.gotrace_spec_of(e.type)
  if spec == nil then
    return nil
  end
  local out = { number(e.time):gsub("LL$", ""), ffi.string(spec.name), id(e.m), id(e.p), id(e.g) }
  for i = 0, spec.nargs - 1 do
    if spec.arg_type[i] ~= C.GOTRACE_ARG_SEQ then
      out[#out + 1] = ("%s=%s"):format(ffi.string(spec.arg_name[i]), value(names, spec.arg_type[i], e.arg[i]))
    end
  end
  return table.concat(out, " ")
end

local function add_events(out, names, batch)
  for i = 0, batch.len - 1 do
    local e = batch.events[i]
    local line = line_of(names, e)
    out[#out + 1] = line
    out.offs[#out.offs + 1] = line and tonumber(e.off)
    out.marks[#out.marks + 1] = not line and e.type or nil
  end
end

local function add_damages(out, t)
  local info = lib.gotrace_info_of(t)
  local lost = ffi.new "uint64_t[1]"
  for i = 0, tonumber(info.damages) - 1 do
    local d = lib.gotrace_damage(t, i, lost)
    out.damages[i + 1] = {
      what = ffi.string(d.what),
      event = ffi.string(d.event),
      have = ffi.string(d.have),
      want = ffi.string(d.want),
      off = tonumber(ffi.cast("int64_t", d.offset)),
      lost = tonumber(lost[0]),
    }
  end
end

local function add_info(out, t)
  local info = lib.gotrace_info_of(t)
  for _, name in ipairs { "events", "procs", "threads", "goroutines", "generations", "lost", "size", "consumed" } do
    out.info[name] = tonumber(info[name])
  end
  for i = 0, C.GOTRACE_PARTS - 1 do
    out.info.part[i] = tonumber(info.part[i])
  end
end

-- Which types are wanted: all, or those in names.
local function wanted(only)
  local w = ffi.new "uint8_t[256]"
  for i = 0, 255 do
    local spec = lib.gotrace_spec_of(i)
    w[i] = (not only or spec ~= nil and only[ffi.string(spec.name)]) and 1 or 0
  end
  return w
end

-- Calls each(batch, names) for the batches of a trace; returns what is known
-- behind the last.
local function read_batches(text, step, options, each)
  local out = { offs = {}, marks = {}, damages = {}, info = { part = {} } }
  local names, t, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  assert(lib.gotrace_open_memory(t, text, #text, step, names, diag) == C.GOTRACE_OK, ffi.string(diag.what))
  local order = options.thread and C.GOTRACE_ORDER_THREAD or C.GOTRACE_ORDER_FULL
  lib.gotrace_want(t[0], wanted(options.only), order)
  local batch = ffi.new "gotrace_batch"
  local status = lib.gotrace_next(t[0], batch, diag)
  while status == C.GOTRACE_OK do
    each(out, names, batch)
    out.gen = { strings = tonumber(batch.gen.strings), stacks = tonumber(batch.gen.stacks) }
    status = lib.gotrace_next(t[0], batch, diag)
  end
  assert.equal(tonumber(C.GOTRACE_END), tonumber(status))
  add_damages(out, t[0])
  add_info(out, t[0])
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return out
end

-- The lines of a trace, with offs, marks, damages, info; read in two ways that
-- must not differ. options: thread, only (types), step (false: at once alone).
function v1.read(text, options)
  options = options or {}
  local whole = read_batches(text, 0, options, add_events)
  if options.step ~= false then
    assert.same(whole, read_batches(text, options.step or 1, options, add_events))
  end
  return whole
end

-- For large traces: no lines, but `count` by type, and `digest`, which differs
-- where any event does. Times must increase, but P after P.
function v1.digest(text, options)
  local count = ffi.new "uint32_t[256]"
  local digest, last = 0ULL, -1
  local out = read_batches(text, options.step or 0, options, function(_, _, batch)
    for i = 0, batch.len - 1 do
      local e = batch.events[i]
      assert(options.thread or e.n == 0 or e.time > last)
      last = e.n == 0 and last or e.time
      count[e.type] = count[e.type] + 1
      digest = digest * 31 + e.time + e.p * 3 + e.g * 5 + e.m * 7
      digest = digest * 31 + e.arg[0] + e.arg[1] * 3 + e.arg[2] * 5 + e.arg[3] * 7 + e.type
    end
  end)
  out.count, out.digest = {}, tostring(digest)
  for i = 0, 249 do
    out.count[i] = count[i]
  end
  return out
end

-- The lines alone, of a trace without damage.
function v1.lines(text, options)
  local out = v1.read(text, options)
  assert.same({}, out.damages)
  local lines = {}
  for i, line in ipairs(out) do
    lines[i] = line
  end
  return lines
end

-- The lines from the first that begins with a time of at least `from` on.
function v1.lines_from(from, text, options)
  local lines = v1.lines(text, options)
  while lines[1] and tonumber(lines[1]:match "^%d+") < from do
    table.remove(lines, 1)
  end
  return lines
end

return v1
