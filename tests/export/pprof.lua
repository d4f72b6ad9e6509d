-- Profiles of pprof as specs read them: the wire format of protobuf, and what of its
-- messages is ours.
local bit = require "bit"
local program = require "support.program"

local pprof = {}

local function varint(s, at)
  local value, scale = 0, 1
  repeat
    local byte = assert(s:byte(at), "a varint is cut off")
    value, scale, at = value + bit.band(byte, 0x7f) * scale, scale * 128, at + 1
  until byte < 0x80
  return value, at
end

-- fields(s): of a message in their order { number, a number or a string }.
function pprof.fields(s)
  local list, at = {}, 1
  while at <= #s do
    local key, value
    key, at = varint(s, at)
    value, at = varint(s, at)
    if key % 8 == 2 then
      local len = value
      assert(at + len - 1 <= #s, "a field is cut off")
      value, at = s:sub(at, at + len - 1), at + len
    else
      assert(key % 8 == 0, "a wire type that is not written")
    end
    list[#list + 1] = { math.floor(key / 8), value }
  end
  return list
end

local function packed(s)
  local list, at = {}, 1
  while at <= #s do
    list[#list + 1], at = varint(s, at)
  end
  return list
end

-- A message's fields by names, those of several in lists.
local function message(s, names, several)
  local t = {}
  for name in pairs(several or {}) do
    t[name] = {}
  end
  for _, field in ipairs(pprof.fields(s)) do
    local name = assert(names[field[1]], "an unknown field " .. field[1])
    if t[name] and several and several[name] then
      table.insert(t[name], field[2])
    else
      assert(t[name] == nil, name .. " is there twice")
      t[name] = field[2]
    end
  end
  return t
end

local PROFILE = { "sample_type", "sample", "mapping", "location", "function", "string", [9] = "time",
  [10] = "duration", [11] = "period_type", [12] = "period", [13] = "comment", [14] = "default_type" }
local SEVERAL = { sample_type = true, sample = true, mapping = true, location = true, ["function"] = true,
  string = true }

local function frames_of(p, ids)
  local frames = {}
  for i, id in ipairs(ids) do
    frames[i] = assert(p.locations[id], "an unknown location")
  end
  return frames
end

local function labels_of(p, list)
  local labels = {}
  for _, text in ipairs(list) do
    local label = message(text, { "key", "text", "number", "unit" })
    labels[p.strings[label.key]] = label.text and p.strings[label.text] or label.number or 0
  end
  return labels
end

local function read_functions(p, list)
  for _, text in ipairs(list) do
    local f = message(text, { "id", "name", "system_name", "file" })
    assert(f.name == f.system_name)
    p.functions[f.id] = { name = p.strings[f.name or 0], file = p.strings[f.file or 0] }
  end
end

local function read_locations(p, list)
  for _, text in ipairs(list) do
    local l = message(text, { "id", "mapping", "address", "line" })
    local line = l.line and message(l.line, { "func", "line" }) or {}
    local f = p.functions[line.func] or { name = "", file = "" }
    assert(l.mapping == 1 and p.locations[l.id] == nil)
    p.locations[l.id] = { func = f.name, file = f.file, line = line.line or 0, pc = l.address or 0 }
  end
end

-- parse(s): { strings, types = { "NAME UNIT" }, samples = { { values, frames (leaf first), labels } }, time, duration,
-- comment, default_type }.
function pprof.parse(s)
  local raw = message(s, PROFILE, SEVERAL)
  local p = { strings = {}, functions = {}, locations = {}, types = {}, samples = {} }
  for i, text in ipairs(raw.string) do
    p.strings[i - 1] = text
  end
  assert(p.strings[0] == "" and #raw.mapping == 1)
  read_functions(p, raw["function"])
  read_locations(p, raw.location)
  local function type_of(text)
    local t = message(text, { "type", "unit" })
    return p.strings[t.type] .. " " .. p.strings[t.unit]
  end
  for i, text in ipairs(raw.sample_type) do
    p.types[i] = type_of(text)
  end
  for i, text in ipairs(raw.sample) do
    local one = message(text, { "location", "value", "label" }, { label = true })
    p.samples[i] = { values = packed(one.value), frames = frames_of(p, packed(one.location or "")),
      labels = labels_of(p, one.label) }
  end
  p.time, p.duration, p.comment = raw.time, raw.duration, p.strings[packed(raw.comment)[1]]
  p.default_type, p.period = p.strings[raw.default_type], type_of(raw.period_type)
  return p
end

-- read(path): of a file, which is packed.
function pprof.read(path)
  local r = program.shell(("gzip -dc '%s'"):format(path))
  assert(r.status == 0, r.err)
  return pprof.parse(r.out)
end

return pprof
