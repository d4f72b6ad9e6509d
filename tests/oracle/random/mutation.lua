-- mutation: v2 traces changed at random, from the byte to the order of batches.
--
--   local changed = mutation.make(bytes, kind, seed)
--
-- The same seed makes the same change. mutation.kinds lists the kinds, and
-- mutation.kinds_of_bytes those that old traces can be changed by too;
-- mutation.breaks_framing[kind] is set where batches may be unreadable then.
local engine = require "support.engine"
local trace = require "support.trace"
local ffi = require "ffi"
local lib = engine.lib

local mutation = {}

local types = trace.types
local random = math.random

-- Reading: a trace as a header and a list of batches { kind, exp, gen, m, time,
-- data }, numbers as uint64_t.

local function number(bytes, at)
  local v, shift = 0ULL, 0
  while true do
    local byte = bytes:byte(at)
    v = v + bit.lshift(ffi.cast("uint64_t", byte % 128), shift)
    at, shift = at + 1, shift + 7
    if byte < 128 then
      return v, at
    end
  end
end

local function parse(bytes)
  local batches, at = {}, 17
  while at <= #bytes do
    local b = { kind = bytes:byte(at) }
    at = at + 1
    if b.kind ~= types.EndOfGeneration then
      local size
      if b.kind == types.ExperimentalBatch then
        b.exp, at = bytes:byte(at), at + 1
      end
      b.gen, at = number(bytes, at)
      b.m, at = number(bytes, at)
      b.time, at = number(bytes, at)
      size, at = number(bytes, at)
      size = tonumber(size)
      b.data, at = bytes:sub(at, at + size - 1), at + size
    end
    batches[#batches + 1] = b
  end
  return { header = bytes:sub(1, 16), batches = batches }
end

local function unparse(t)
  local out = { t.header }
  for _, b in ipairs(t.batches) do
    out[#out + 1] = b.data and trace.batch(b, { b.data }) or string.char(b.kind)
  end
  return table.concat(out)
end

-- The events of a batch: { type, number, ... }, dt first.

local nargs = {} -- with dt
for id = 0, 255 do
  local spec = lib.gotrace_spec_of(id)
  if spec ~= nil and spec.timed == 1 and id ~= types.CPUSample then
    nargs[id] = 1 + spec.nargs
  end
end

local function events_of(data)
  local events, at = {}, 1
  while at <= #data do
    local ev = { data:byte(at) }
    at = at + 1
    for i = 1, nargs[ev[1]] do
      ev[i + 1], at = number(data, at)
    end
    events[#events + 1] = ev
  end
  return events
end

local function data_of(events)
  local out = {}
  for _, ev in ipairs(events) do
    out[#out + 1] = string.char(ev[1])
    for i = 2, #ev do
      out[#out + 1] = trace.varint(ev[i])
    end
  end
  return table.concat(out)
end

local TABLES = { types.Strings, types.Stacks, types.CPUSamples, types.Frequency, types.Sync, types.EndOfGeneration }
local is_table = {}
for _, kind in ipairs(TABLES) do
  is_table[kind] = true
end

local function any(list)
  return list[random(#list)]
end

-- Any batch that has data, is one of events, or is a table.
local function choose(t, accept)
  local list = {}
  for _, b in ipairs(t.batches) do
    if b.data and #b.data > 0 and accept(b) then
      list[#list + 1] = b
    end
  end
  return any(list)
end

local function has_data()
  return true
end

local function has_events(b)
  return not b.exp and not is_table[b.data:byte()]
end

local function has_table(b)
  return not b.exp and is_table[b.data:byte()]
end

local function replace(bytes, at, byte)
  return bytes:sub(1, at - 1) .. string.char(byte) .. bytes:sub(at + 1)
end

-- A number that may matter where v stood.
local function other(v)
  local candidates = { v + 1, v - 1, bit.bxor(v, 1ULL), 0ULL, 1ULL, 2ULL, 3ULL, 4ULL, 5ULL, trace.none, v * 2,
    v + random(100), bit.lshift(1ULL, 63), bit.lshift(1ULL, random(0, 63)) }
  return any(candidates)
end

-- Every kind: a function that changes a parsed trace.
local CHANGE = {}

function CHANGE.byte(t)
  local b = choose(t, has_data)
  b.data = replace(b.data, random(#b.data), random(0, 255))
end

function CHANGE.bit(t)
  local b = choose(t, has_data)
  local at = random(#b.data)
  b.data = replace(b.data, at, bit.bxor(b.data:byte(at), bit.lshift(1, random(0, 7))))
end

CHANGE["table"] = function(t)
  local b = choose(t, has_table)
  b.data = replace(b.data, random(#b.data), random(0, 255))
end

CHANGE["cut table"] = function(t)
  local b = choose(t, has_table)
  b.data = b.data:sub(1, random(#b.data))
end

CHANGE["second batch"] = function(t)
  local list = t.batches
  table.insert(list, random(#list + 1), any(list))
end

CHANGE["missing batch"] = function(t)
  table.remove(t.batches, random(#t.batches))
end

CHANGE["swapped batches"] = function(t)
  local list, i, j = t.batches, random(#t.batches), random(#t.batches)
  list[i], list[j] = list[j], list[i]
end

CHANGE["generation"] = function(t)
  local b = choose(t, has_data)
  b.gen = any { b.gen + 1, b.gen - 1, b.gen + 2, 0ULL, trace.none }
end

CHANGE["thread"] = function(t)
  choose(t, has_data).m = any { choose(t, has_data).m, trace.none, 0ULL }
end

CHANGE["batch time"] = function(t)
  local b = choose(t, has_data)
  b.time = any { other(b.time), b.time + random(100000), b.time - random(100000) }
end

CHANGE["experiment"] = function(t)
  local b = choose(t, has_data)
  b.exp = not b.exp and random(0, 3) or nil
end

CHANGE["version"] = function(t)
  t.header = trace.header(any { 22, 23, 25, 26 })
end

-- Changes one batch's list of events.
local function change_events(change)
  return function(t)
    local b = choose(t, has_events)
    local events = events_of(b.data)
    change(events, random(#events))
    b.data = data_of(events)
  end
end

CHANGE["missing event"] = change_events(function(events, i)
  table.remove(events, i)
end)

CHANGE["second event"] = change_events(function(events, i)
  table.insert(events, i, events[i])
end)

CHANGE["swapped events"] = change_events(function(events, i)
  local j = math.min(i + 1, #events)
  events[i], events[j] = events[j], events[i]
end)

CHANGE["argument"] = change_events(function(events, i)
  local ev = events[i]
  local at = random(math.min(3, #ev), #ev)
  ev[at] = other(ev[at])
end)

CHANGE["time"] = change_events(function(events, i)
  local ev = events[i]
  ev[2] = any { other(ev[2]), ev[2] + random(200000) }
end)

CHANGE["type"] = change_events(function(events, i)
  local ids = {}
  for id = 0, 255 do
    ids[#ids + 1] = nargs[id] and id
  end
  local ev = events[i]
  ev[1] = any(ids)
  for k = #ev, nargs[ev[1]] do
    ev[k + 1] = ffi.cast("uint64_t", random(0, 3))
  end
  while #ev > nargs[ev[1]] + 1 do
    table.remove(ev)
  end
end)

-- A coarser clock: many events of one time.
CHANGE["ties"] = function(t)
  local unit = bit.lshift(1ULL, any { 8, 12, 16, 20 })
  for _, b in ipairs(t.batches) do
    if b.data and #b.data > 0 and has_events(b) then
      local time, events = b.time, events_of(b.data)
      local last = time - time % unit
      b.time = last
      for _, ev in ipairs(events) do
        time = time + ev[2]
        local coarse = time - time % unit
        ev[2], last = coarse - last, coarse
      end
      b.data = data_of(events)
    end
  end
end

-- And those that change the bytes, batches or not.
local CHANGE_BYTES = {}

CHANGE_BYTES["cut"] = function(bytes)
  return bytes:sub(1, random(16, #bytes))
end

CHANGE_BYTES["missing bytes"] = function(bytes)
  local at = random(17, #bytes)
  return bytes:sub(1, at - 1) .. bytes:sub(at + any { 1, 2, 5, 50 })
end

CHANGE_BYTES["more bytes"] = function(bytes)
  local at, more = random(17, #bytes + 1), {}
  for i = 1, any { 1, 2, 5 } do
    more[i] = string.char(any { 0, 1, 8, 49, 50, 51, 52, 255, random(0, 255) })
  end
  return bytes:sub(1, at - 1) .. table.concat(more) .. bytes:sub(at)
end

CHANGE_BYTES["header byte"] = function(bytes)
  local at = random(17, #bytes)
  return replace(bytes, at, random(0, 255))
end

mutation.kinds, mutation.kinds_of_bytes, mutation.breaks_framing = {}, {}, {}
for kind in pairs(CHANGE) do
  table.insert(mutation.kinds, kind)
end
for kind in pairs(CHANGE_BYTES) do
  table.insert(mutation.kinds, kind)
  table.insert(mutation.kinds_of_bytes, kind)
  mutation.breaks_framing[kind] = true
end
table.sort(mutation.kinds)
table.sort(mutation.kinds_of_bytes)

function mutation.make(bytes, kind, seed)
  math.randomseed(seed)
  if CHANGE_BYTES[kind] then
    return CHANGE_BYTES[kind](bytes)
  end
  local t = parse(bytes)
  CHANGE[kind](t)
  return unparse(t)
end

return mutation
