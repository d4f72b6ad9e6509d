-- Takes single events out of a trace (v2): what a program, or who stored its
-- trace, has lost.
--
--   for _, place in ipairs(removing.places(bytes)) do
--     local less, moved = removing.without(bytes, place)
--     moved(off) -- where the event at `off` of bytes is in `less`
--   end
local engine = require "support.engine"
local ffi = require "ffi"
local trace = require "support.trace"
local lib = engine.lib

local removing = {}

local HEADER = 16
local BATCH, EXPERIMENTAL, END = trace.types.EventBatch, trace.types.ExperimentalBatch, trace.types.EndOfGeneration

-- Numbers behind the type of each event; batches that begin with one of the
-- others hold no events.
local nargs, names = {}, {}
for id = 0, 255 do
  local spec = lib.gotrace_spec_of(id)
  if spec ~= nil and spec.timed == 1 and id ~= trace.types.CPUSample then
    nargs[id], names[id] = spec.nargs, ffi.string(spec.name)
  end
end

-- The number at offset `at` (from 0) of data, and where it ends.
local function number(data, at)
  local value, scale = 0, 1
  repeat
    local byte = data[at]
    value, scale, at = value + byte % 128 * scale, scale * 128, at + 1
  until byte < 128
  return value, at
end

local function skip(data, at)
  while data[at] >= 128 do
    at = at + 1
  end
  return at + 1
end

-- Places of the events from `at` up to `stop`, appended to out.
local function events(data, batch, out)
  local at, last = batch.data, nil
  while at < batch.stop do
    local n = nargs[data[at]]
    if not n then
      return
    end
    local dt, behind = number(data, at + 1)
    local place = { batch = batch, off = at, type = names[data[at]], dt = dt, args = behind }
    for _ = 1, n do
      behind = skip(data, behind)
    end
    place.stop = behind
    if last then
      last.next = place
    end
    out[#out + 1] = place
    last, at = place, behind
  end
end

-- All events in batches, in order of the file.
function removing.places(bytes)
  local data, at, out = ffi.cast("const uint8_t *", bytes), HEADER, {}
  while at < #bytes do
    if data[at] == END then
      at = at + 1
    else
      assert(data[at] == BATCH or data[at] == EXPERIMENTAL, "no batch")
      local first = data[at]
      at = at + (first == BATCH and 1 or 2)
      local size_at = skip(data, skip(data, skip(data, at)))
      local size, from = number(data, size_at)
      local batch = { size_at = size_at, size = size, data = from, stop = from + size }
      if first == BATCH then
        events(data, batch, out)
      end
      at = batch.stop
    end
  end
  return out
end

-- bytes without the event, whose time goes to the next of its batch; and a
-- function from offsets of events in bytes to those in the result.
function removing.without(bytes, place)
  local batch, next_ = place.batch, place.next
  local new_dt = next_ and trace.varint(place.dt + next_.dt) or ""
  local grown = next_ and #new_dt - (next_.args - next_.off - 1) or 0
  local shift = grown - (place.stop - place.off)
  local out = {
    bytes:sub(1, batch.size_at),
    trace.varint(batch.size + shift, batch.data - batch.size_at),
    bytes:sub(batch.data + 1, place.off),
  }
  if next_ then
    out[#out + 1] = bytes:sub(next_.off + 1, next_.off + 1) .. new_dt
    out[#out + 1] = bytes:sub(next_.args + 1)
  else
    out[#out + 1] = bytes:sub(place.stop + 1)
  end
  return table.concat(out), function(off)
    if off < place.off then
      return off
    elseif next_ and off == next_.off then
      return place.off
    end
    return off + shift
  end
end

return removing
