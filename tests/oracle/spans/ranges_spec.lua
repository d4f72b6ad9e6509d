-- Stops of the world, mark phases, sweeps and assists of each recording against those of
-- Go's reader, to the ns.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)
local RANGES = programs.root .. "/tests/oracle/spans/ranges.lua"

-- How many ns a time may be off: where two Ps' events have equal ticks Go's reader of v1
-- chooses by chance, and its traces begin 1 ns before the first event.
local NEAR = 20

local function number(text, lead)
  return text ~= "-" and math.max(0, tonumber(text) - lead) or nil
end

-- Those of a name, by time.
local function ranges_of(text, lead)
  local by = {}
  for from, to, name in text:gmatch "([^\t\n]+)\t([^\t\n]+)\t([^\n]*)\n" do
    by[name] = by[name] or {}
    table.insert(by[name], { from = number(from, lead), to = number(to, lead) })
  end
  for _, list in pairs(by) do
    table.sort(list, function(a, b)
      if a.from ~= b.from then
        return (a.from or -1) < (b.from or -1)
      end
      return (a.to or math.huge) < (b.to or math.huge)
    end)
  end
  return by
end

local function is_same(a, b, near)
  return a == b or a and b and math.abs(a - b) <= near
end

local function first_difference(name, theirs, own, near)
  for i = 1, math.max(#theirs, #own) do
    local a, b = theirs[i] or {}, own[i] or {}
    if not (theirs[i] and own[i] and is_same(a.from, b.from, near) and is_same(a.to, b.to, near)) then
      return ("%s, number %d: Go %s to %s, ours %s to %s"):format(name, i, tostring(a.from), tostring(a.to),
        tostring(b.from), tostring(b.to))
    end
  end
end

local function compare(path)
  local is_v1 = programs.version(path) < 22
  local out = scratch .. "/ranges"
  assert(go:ranges(path, out))
  local theirs = ranges_of(programs.read(out), is_v1 and 1 or 0)
  local status, text = programs.run({ RANGES, path }, true)
  assert(status == 0, text)
  local own = ranges_of(text, 0)
  for name in pairs(own) do
    theirs[name] = theirs[name] or {}
  end
  for name, list in pairs(theirs) do
    local difference = first_difference(name, list, own[name] or {}, is_v1 and NEAR or 0)
    if difference then
      return difference
    end
  end
end

describe("Ranges are those of Go's reader of", function()
  for _, path in ipairs(programs.recordings()) do
    if programs.version(path) >= 11 then
      check(programs.name_of(path), function()
        assert.is_nil(compare(path))
      end)
    end
  end
end)
