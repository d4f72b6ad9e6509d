-- Traces written batch by batch through the engine, and what is read back of them.
local assert = require "luassert"
local bit = require "bit"
local ffi = require "ffi"
local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.header "src/io/out/sink.h"
engine.header "src/v2/file/batch_read.h"
engine.header "src/v2/file/batch_write.h"
engine.cdef "uint64_t mem_used(void);"
engine.cdef "bool leb128_get_slow(const uint8_t **p, const uint8_t *end, uint64_t *out);"

local FULL = C.V2_MAX_BATCH
local t = trace.types
local decimal = reading.decimal

local function u64(v)
  if type(v) == "number" and v < 0 then
    v = ffi.cast("int64_t", v)
  end
  return ffi.cast("uint64_t", v)
end

-- A writer and its sink. Methods raise what the function of that name returns.
local writer = {}
writer.__index = writer

local function check(status, diag)
  if status ~= C.GOTRACE_OK then
    error(reading.diag(diag), 0)
  end
end

-- Called as begin { gen =, ticks =, freq =, clock = { time, mono, sec, nsec }, order = }.
function writer:begin(g)
  g = g or {}
  local order, clock = g.order or {}, g.clock or { g.ticks or 1000, 0, 0, 0 }
  local ids = ffi.new("int64_t[?]", #order + 1, order)
  local c = ffi.new "struct v2_generation"
  c.gen, c.ticks, c.order, c.order_len = g.gen or 1, g.ticks or 1000, ids, #order
  c.sync.freq = g.freq or 1e9
  c.sync.clock_time, c.sync.mono, c.sync.sec, c.sync.nsec = unpack(clock)
  check(lib.v2_write_begin(self.w, c, self.diag), self.diag)
end

function writer:thread(m)
  local out = ffi.new "uint32_t[1]"
  assert(lib.v2_write_thread(self.w, m, out))
  return out[0]
end

function writer:raw(thread, id, ticks, arg, nargs)
  check(lib.v2_write_event(self.w, thread, id, ticks, arg, nargs, self.diag), self.diag)
end

function writer:event(m, name, ticks, ...)
  local arg, nargs = ffi.new "uint64_t[4]", select("#", ...)
  for i = 1, nargs do
    arg[i - 1] = u64((select(i, ...)))
  end
  self:raw(self:thread(m), t[name], ticks, arg, nargs)
end

function writer:string(id, text)
  check(lib.v2_write_string(self.w, id, text, #text, self.diag), self.diag)
end

function writer:stack(id, frames)
  local s = ffi.new("struct v2_stack", id, #frames)
  for i, f in ipairs(frames) do
    s.frames[i - 1] = { u64(f[1]), u64(f[2]), u64(f[3]), u64(f[4]) }
  end
  check(lib.v2_write_stack(self.w, s, self.diag), self.diag)
end

function writer:sample(f)
  local s = ffi.new("struct v2_sample", u64(f[1]), u64(f[2]), u64(f[3]), u64(f[4]), u64(f[5]))
  check(lib.v2_write_sample(self.w, s, self.diag), self.diag)
end

function writer:experiment(experiment, m, ticks, data)
  check(lib.v2_write_experiment(self.w, experiment, m, ticks, data, #data, self.diag), self.diag)
end

function writer:finish()
  check(lib.v2_write_end(self.w, false, self.diag), self.diag)
end

function writer:size()
  return tonumber(lib.v2_write_size(self.w))
end

function writer:last(m)
  return tonumber(lib.v2_write_last(self.w, self:thread(m)))
end

-- Calls fn with a writer to path, `first` bytes in its sink already; the status of the commit.
local function writing(path, first, fn)
  local out, diag = ffi.new "sink *[1]", engine.diag()
  check(lib.sink_open(out, path, nil, diag), diag)
  if first > 0 then
    check(lib.sink_write(out[0], ("x"):rep(first), first, diag), diag)
  end
  local w = lib.v2_writer_new(out[0], diag)
  local self = setmetatable({ w = w, out = out[0], diag = diag }, writer)
  local ok, err = pcall(fn, self)
  lib.v2_writer_free(w)
  local status = lib.sink_commit(out[0], diag)
  if not ok then
    error(err, 0)
  end
  return status
end

-- The bytes that fn writes.
local function written(fn)
  local path = engine.tmpname()
  assert.equal(C.GOTRACE_OK, writing(path, 0, fn))
  return engine.read(path)
end

-- The same of one generation, begun and ended for fn.
local function generation(g, fn)
  return written(function(w)
    w:begin(g)
    fn(w)
    w:finish()
  end)
end

-- What is read back.

local KIND = {
  [C.V2_EVENTS] = "events",
  [C.V2_STRINGS] = "strings",
  [C.V2_STACKS] = "stacks",
  [C.V2_SAMPLES] = "samples",
  [C.V2_SYNC] = "sync",
  [C.V2_EXPERIMENT] = "experiment",
  [C.V2_END_OF_GENERATION] = "end",
}

local function signed(v)
  return tonumber(ffi.cast("int64_t", v))
end

-- All batches: { kind, exp, gen, m, time, ticks, size, data }; ticks is the
-- time in 64 bits.
local function batches(bytes)
  local src, diag, b = ffi.new "source *[1]", engine.diag(), ffi.new "struct v2_batch"
  local out, off = {}, 16
  check(lib.source_open_memory(src, bytes, #bytes, 0, diag), diag)
  local status = lib.v2_batch_read(src[0], 26, off, b, diag)
  while status == C.GOTRACE_OK do
    local data, size = tonumber(b.data), tonumber(b.size)
    out[#out + 1] = {
      kind = KIND[b.kind], exp = b.exp, gen = tonumber(b.gen), m = signed(b.m), time = tonumber(b.time),
      ticks = u64(b.time), size = size, data = bytes:sub(data + 1, data + size),
    }
    off = data + size
    status = lib.v2_batch_read(src[0], 26, off, b, diag)
  end
  lib.source_close(src[0])
  assert.equal(C.GOTRACE_END, status, ffi.string(diag.what))
  return out
end

local function of_kind(bytes, kind)
  local out = {}
  for _, b in ipairs(batches(bytes)) do
    if b.kind == kind then
      out[#out + 1] = b
    end
  end
  return out
end

-- Calls fn(type, ticks, arg, nargs) for the events of a batch.
local function each_event(b, fn)
  local from = ffi.cast("const uint8_t *", b.data)
  local p, finish, value = ffi.new("const uint8_t *[1]", from), from + #b.data, ffi.new "uint64_t[1]"
  local ticks, arg = b.ticks, ffi.new "uint64_t[4]"
  local function get()
    assert(lib.leb128_get_slow(p, finish, value), "a number is broken")
    return value[0]
  end
  while p[0] ~= finish do
    local id = p[0][0]
    local nargs = lib.gotrace_spec_of(id).nargs
    p[0] = p[0] + 1
    ticks = ticks + get()
    for i = 0, nargs - 1 do
      arg[i] = get()
    end
    fn(id, ticks, arg, nargs)
  end
end

-- An event as text: "1000 GoStart 7 1".
local function show(id, ticks, arg, nargs)
  local out = { decimal(ticks), ffi.string(lib.gotrace_spec_of(id).name) }
  for i = 0, nargs - 1 do
    out[#out + 1] = decimal(arg[i])
  end
  return table.concat(out, " ")
end

local function events(b)
  local out = {}
  each_event(b, function(...)
    out[#out + 1] = show(...)
  end)
  return out
end

-- Calls fn(record) for the records of a table's batch.
local function each_record(b, next_, record, fn)
  local from = ffi.cast("const uint8_t *", b.data)
  local c = ffi.new("struct v2_cursor", from, from, from + #b.data, 0)
  local out, diag = ffi.new(record), engine.diag()
  local status = next_(c, out, diag)
  while status == C.GOTRACE_OK do
    fn(out)
    status = next_(c, out, diag)
  end
  assert.equal(C.GOTRACE_END, status, ffi.string(diag.what))
end

local function strings(list)
  local out = {}
  for _, b in ipairs(list) do
    each_record(b, lib.v2_string_next, "struct v2_string", function(s)
      out[#out + 1] = { decimal(s.id), ffi.string(s.data, s.len) }
    end)
  end
  return out
end

-- Stacks as texts: "id pc,func,file,line ...".
local function stack_text(s)
  local out = { decimal(s.id) }
  for i = 0, s.len - 1 do
    local f = s.frames[i]
    out[i + 2] = ("%s,%s,%s,%s"):format(decimal(f.pc), decimal(f.func), decimal(f.file), decimal(f.line))
  end
  return table.concat(out, " ")
end

local function stacks(list)
  local out = {}
  for _, b in ipairs(list) do
    each_record(b, lib.v2_stack_next, "struct v2_stack", function(s)
      out[#out + 1] = stack_text(s)
    end)
  end
  return out
end

local function samples(list)
  local out = {}
  for _, b in ipairs(list) do
    each_record(b, lib.v2_sample_next, "struct v2_sample", function(s)
      out[#out + 1] = table.concat({ decimal(s.time), decimal(s.m), decimal(s.p), decimal(s.g), decimal(s.stack) }, " ")
    end)
  end
  return out
end

-- Threads of the batches of events, with "-" behind those without data.
local function threads(bytes)
  local out = {}
  for i, b in ipairs(of_kind(bytes, "events")) do
    out[i] = b.m .. (b.size == 0 and "-" or "")
  end
  return table.concat(out, " ")
end

-- n events of two bytes each on a thread, a tick apart; the ticks of the last.
local function two_bytes(w, m, ticks, n)
  local thread = w:thread(m)
  for i = 0, n - 1 do
    w:raw(thread, t.ProcStop, ticks + i, nil, 0)
  end
  return ticks + n - 1
end

-- More than a batch holds.
local function overflow(w, m, ticks)
  return two_bytes(w, m, ticks, FULL / 2 + 1)
end

-- Numbers of all lengths: the same ones every time.
local function numbers(seed)
  local x = bit.tobit(seed)
  local function step()
    x = bit.bxor(x, bit.lshift(x, 13))
    x = bit.bxor(x, bit.rshift(x, 17))
    x = bit.bxor(x, bit.lshift(x, 5))
    return x
  end
  return function(n) -- below n, without n 64 bits shifted by anything
    if n then
      return step() % n
    end
    local high, low = step() % 2 ^ 32, step() % 2 ^ 32
    return bit.rshift(u64(high) * 2 ^ 32 + u64(low), step() % 64)
  end
end

return {
  u64 = u64,
  check = check,
  writing = writing,
  written = written,
  generation = generation,
  batches = batches,
  of_kind = of_kind,
  each_event = each_event,
  show = show,
  events = events,
  each_record = each_record,
  strings = strings,
  stacks = stacks,
  samples = samples,
  threads = threads,
  two_bytes = two_bytes,
  overflow = overflow,
  numbers = numbers,
}
