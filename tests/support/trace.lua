-- Writes v2 traces for specs, byte by byte.
--
--   trace.file(26, {
--     strings = { [1] = "main.f" },
--     { m = 1, time = 1000, { "ProcStatus", 0, 0, 2 }, { "ProcStart", 5, 0, 1 } },
--     { m = 2, { "GoStart", 7, 5, 1 } },
--   })
--
-- A generation is a table: its batches in order, and
--   gen      number, 1 by default: trace.file counts up
--   freq     ticks a second, 1e9 by default, so that ticks are ns; false: none
--   clock    { dt, mono, sec, nsec } of the ClockSnapshot; false: none
--   time     of its sync batch and, by default, of the others: 1000
--   strings, stacks ([id] = { { pc, func, file, line }, ... }), samples
--            ({ time, m, p, g, stack }, ...): a batch each, behind the others
--   ended    false: without the end of generation that 1.26 has
-- A batch is a table: its events in order, and m, time, gen, exp (makes it an
-- experimental one). An event is { type, dt, argument, ... }; arguments that are
-- left out are 0. A string in place of a generation, batch, event or argument
-- is taken as it is.
local engine = require "support.engine"
local ffi = require "ffi"

local trace = {}

local ALL_ONES = ffi.cast("uint64_t", -1LL)
trace.none = ALL_ONES

-- Numbers up to 2^53, int64_t or uint64_t; -1 is all ones. With `size` padded
-- to that many bytes.
function trace.varint(n, size)
  local v, out = ffi.cast("uint64_t", n), {}
  if type(n) == "number" and n < 0 then
    v = ffi.cast("uint64_t", ffi.cast("int64_t", n))
  end
  while v >= 0x80 or size and #out < size - 1 do
    out[#out + 1] = string.char(tonumber(v % 0x80) + 0x80)
    v = v / 0x80
  end
  out[#out + 1] = string.char(tonumber(v))
  return table.concat(out)
end

local function value(v)
  return type(v) == "string" and v or trace.varint(v)
end

local function values(list)
  local out = {}
  for i, v in ipairs(list) do
    out[i] = value(v)
  end
  return table.concat(out)
end

-- Types of events by name, with the number of their arguments.
local types, nargs = {}, {}
for id = 0, 255 do
  local spec = engine.lib.gotrace_spec_of(id)
  if spec ~= nil then
    local name = ffi.string(spec.name)
    types[name], nargs[name] = id, spec.nargs
  end
end
trace.types = types

function trace.event(ev)
  if type(ev) == "string" then
    return ev
  end
  local name = ev[1]
  local out = { string.char((assert(types[name], name))) }
  assert(#ev <= 2 + nargs[name], name .. " has fewer arguments")
  for i = 1, 1 + nargs[name] do
    out[i + 1] = value(ev[i + 1] or 0)
  end
  return table.concat(out)
end

-- A batch whose data are the pieces of `records`, each a string.
function trace.batch(b, records)
  local data = table.concat(records)
  local head = b.exp and string.char(types.ExperimentalBatch, b.exp) or string.char(types.EventBatch)
  return head .. values { b.gen, b.m, b.time, b.size or #data } .. data
end

function trace.header(version)
  local text = ("go 1.%d trace"):format(version)
  return text .. ("\0"):rep(16 - #text)
end

trace.end_of_generation = string.char(types.EndOfGeneration)

-- Records of the tables.

function trace.string(id, text)
  return string.char(types.String) .. values { id, #text } .. text
end

function trace.stack(id, frames)
  local out = { string.char(types.Stack), values { id, #frames } }
  for _, frame in ipairs(frames) do
    out[#out + 1] = values(frame)
  end
  return table.concat(out)
end

function trace.sample(fields)
  return string.char(types.CPUSample) .. values(fields)
end

function trace.frequency(freq)
  return string.char(types.Frequency) .. trace.varint(freq)
end

function trace.clock(fields)
  return string.char(types.ClockSnapshot) .. values(fields)
end

local function by_id(records, make)
  local ids, out = {}, {}
  for id in pairs(records) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  for i, id in ipairs(ids) do
    out[i] = make(id, records[id])
  end
  return out
end

local function sync(version, g)
  local out = { version >= 25 and string.char(types.Sync) or "" }
  if g.freq ~= false then
    out[2] = trace.frequency(g.freq or 1e9)
  end
  if version >= 25 and g.clock ~= false then
    out[#out + 1] = trace.clock(g.clock or { 0, 1, 2, 3 })
  end
  return out
end

local function events(batch)
  local out = {}
  for i, ev in ipairs(batch) do
    out[i] = trace.event(ev)
  end
  return out
end

-- gen is the number of one that has none of its own.
function trace.generation(version, g, gen)
  local time = g.time or 1000
  gen = g.gen or gen or 1
  local out = {}
  local function table_batch(kind, records)
    table.insert(records, 1, string.char(types[kind]))
    out[#out + 1] = trace.batch({ gen = gen, m = -1, time = time }, records)
  end
  if g.freq ~= false or version >= 25 then
    out[1] = trace.batch({ gen = gen, m = -1, time = time }, sync(version, g))
  end
  for _, b in ipairs(g) do
    if type(b) == "table" then
      local head = { gen = b.gen or gen, m = b.m or 1, time = b.time or time, exp = b.exp, size = b.size }
      b = trace.batch(head, events(b))
    end
    out[#out + 1] = b
  end
  if g.stacks then
    table_batch("Stacks", by_id(g.stacks, trace.stack))
  end
  if g.strings then
    table_batch("Strings", by_id(g.strings, trace.string))
  end
  if g.samples then
    local samples = {}
    for i, s in ipairs(g.samples) do
      samples[i] = trace.sample(s)
    end
    table_batch("CPUSamples", samples)
  end
  if version >= 26 and g.ended ~= false then
    out[#out + 1] = trace.end_of_generation
  end
  return table.concat(out)
end

function trace.file(version, ...)
  local out = { trace.header(version) }
  local gen = 1
  for _, g in ipairs { ... } do
    if type(g) == "table" then
      gen = g.gen or gen
      g = trace.generation(version, g, gen)
      gen = gen + 1
    end
    out[#out + 1] = g
  end
  return table.concat(out)
end

-- An event that nothing has to come before, and a batch of n of them.

function trace.idle(dt, p)
  return { "ProcStatus", dt, p, 2 }
end

function trace.idles(n)
  local b = { m = 1 }
  for i = 1, n do
    b[i] = trace.idle(1, i)
  end
  return b
end

-- A batch of thread m, on which p and g run, with more events.
function trace.running(m, p, g, ...)
  return { m = m, { "ProcStatus", 0, p, 1 }, { "GoStatus", 1, g, m, 2 }, ... }
end

return trace
