-- v2.lua for traces of Go 1.5 to 1.21: the same functions. Nothing says how
-- long a batch is; an event's time, and in 1.5 its number, is told from the one before.
local engine = require "support.engine"
local ffi = require "ffi"
local trace = require "support.trace"

local removing = {}

local HEADER = 16

local names, ids = {}, {}
for line in engine.read(engine.root .. "src/v1/file/record.def"):gmatch "[^\n]+" do
  local id, name = line:match "^V1%((%d+), (%w+),"
  if id then
    names[tonumber(id)], ids[name] = name, tonumber(id)
  end
end

-- Records that are no events, and one whose delta says nothing.
local NONE = {}
for _, name in ipairs { "Batch", "Frequency", "Stack", "String", "TimerGoroutine", "CPUSample" } do
  NONE[ids[name]] = true
end

local function number(data, at)
  local value, scale = 0, 1
  repeat
    local byte = data[at]
    value, scale, at = value + byte % 128 * scale, scale * 128, at + 1
  until byte < 128
  return value, at
end

-- Where n numbers end.
local function skip(data, at, n)
  for _ = 1, n do
    _, at = number(data, at)
  end
  return at
end

local function behind_text(data, at)
  local length, from = number(data, at)
  return from + length
end

-- The record at `at`: its type, where its numbers begin, and where it ends.
local function record(data, at, version)
  local typ, form, args = data[at] % 64, math.floor(data[at] / 64), at + 1
  local stop
  if typ == ids.String then
    return typ, args, behind_text(data, skip(data, args, 1))
  elseif form == 3 then
    local length
    length, args = number(data, args)
    stop = args + length
  else
    stop = skip(data, args, form + (version < 7 and 2 or 1))
  end
  return typ, args, typ == ids.UserLog and behind_text(data, stop) or stop, stop
end

-- All records: { off, stop, type }, in order of the file.
function removing.records(bytes)
  local data, at, out = ffi.cast("const uint8_t *", bytes), HEADER, {}
  local version = tonumber(bytes:match "^go 1%.(%d+) trace")
  while at < #bytes do
    local typ, _, stop = record(data, at, version)
    out[#out + 1] = { off = at, stop = stop, type = names[typ] }
    at = stop
  end
  return out
end

-- All events, in order of the file.
function removing.places(bytes)
  local data, at, out, last = ffi.cast("const uint8_t *", bytes), HEADER, {}, nil
  local version = tonumber(bytes:match "^go 1%.(%d+) trace")
  while at < #bytes do
    local typ, args, stop, behind = record(data, at, version)
    if not NONE[typ] then
      local place = { off = at, type = names[typ], version = version, args = args, stop = stop, behind = behind }
      if last then
        last.next = place
      end
      out[#out + 1] = place
      last = place
    elseif typ == ids.Batch then
      last = nil
    end
    at = stop
  end
  return out
end

-- The deltas of a place, and where its other numbers begin.
local function deltas(data, place)
  local dt, at = number(data, place.args)
  local second
  if place.version < 7 then
    second, at = number(data, at)
  end
  return dt, second, at
end

-- The record of next with the deltas of lost added to its own.
local function grown(bytes, lost, next_)
  local data = ffi.cast("const uint8_t *", bytes)
  local a, b = deltas(data, lost)
  local c, d, at = deltas(data, next_)
  local args = trace.varint(a + c) .. (d and trace.varint(b + d) or "") .. bytes:sub(at + 1, next_.behind)
  local first = bytes:sub(next_.off + 1, next_.off + 1)
  local length = first:byte() >= 192 and trace.varint(#args) or ""
  return first .. length .. args .. bytes:sub(next_.behind + 1, next_.stop)
end

-- See v2.lua.
function removing.without(bytes, place)
  local next_ = place.next
  local out = bytes:sub(1, place.off)
  local from = place.stop
  local new = ""
  if next_ then
    new = grown(bytes, place, next_)
    out, from = out .. bytes:sub(place.stop + 1, next_.off) .. new, next_.stop
  end
  local shift = place.off - place.stop
  return out .. bytes:sub(from + 1), function(off)
    if off < place.off then
      return off
    elseif next_ and off > next_.off then
      return off + shift + #new - (next_.stop - next_.off)
    end
    return off + shift
  end
end

return removing
