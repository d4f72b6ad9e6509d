-- totals.lua: each side as a whole: how long it is, what ran and waited, what the collector,
-- stops of the world and waits for a P took, tasks and regions.
local format = require "gotrace.format"
local pairs_of = require "diff.pairs_of"

local MOST = 4 -- figures that the head names
local MUCH = 1.5 -- times

-- What is told of which durations: a name, of what, its figure, and its unit.
local rows_of = {
  { "running", "running", "total", "ns" },
  { "waiting", "waiting", "total", "ns" },
  { "waiting for a P", "runnable", "total", "ns" },
  { "  at p99", "runnable", "p99", "ns" },
  { "  longest", "runnable", "max", "ns" },
  { "collections", "gc", "n", "count" },
  { "  marking", "gc", "total", "ns" },
  { "stops of the world", "stw", "n", "count" },
  { "  stopped", "stw", "total", "ns" },
  { "  longest stop", "stw", "max", "ns" },
  { "tasks", "task", "n", "count" },
  { "  their time", "task", "total", "ns" },
  { "regions", "region", "n", "count" },
  { "  their time ", "region", "total", "ns" },
}

local names = { ["  at p99"] = "wait for a P, p99",
  ["  longest"] = "longest wait for a P", ["  marking"] = "marking",
  ["  stopped"] = "time stopped", ["  longest stop"] = "longest stop",
  ["  their time"] = "time of tasks", ["  their time "] = "time of regions" }

local Totals = {}
Totals.__index = Totals

-- add(kind, side, dur): something took that long.
function Totals:add(kind, side, dur)
  self.sums:add(kind, side, dur)
end

-- list(covered): what both sides have: { name, unit, [1], [2], ratio, note, kind }.
function Totals:list(covered)
  local list = { pairs_of.total("length of trace", "ns", "trace",
    { n = 10, value = covered[1] }, { n = 10, value = covered[2] }) }
  for _, row in ipairs(rows_of) do
    local sides = {}
    for side = 1, 2 do
      local sum = self.sums:get(row[2], side)
      sides[side] = { n = sum and sum.n or 0, value = sum and sum[row[3]] or 0 }
    end
    if sides[1].n + sides[2].n > 0 then
      local one = pairs_of.total(names[row[1]] or row[1], row[4], row[2],
        unpack(sides))
      one.label = row[1]
      list[#list + 1] = one
    end
  end
  return list
end

local function text_of(value, unit)
  return unit == "ns" and format.duration(value) or format.thousands(value)
end

-- show(list, word): the table; word(pair) is its ratio in a word.
local function show(list, word)
  local is_text = format.style() == "text"
  local t = is_text and rows("in all", "before", "after", "ratio") or
    rows("figure", "unit", "before", "after", "ratio", "note")
  t:name "totals"
  for _, one in ipairs(list) do
    local a, b = one[1].value, one[2].value
    if is_text then
      t:add(one.label or one.title, text_of(a, one.unit), text_of(b, one.unit),
        word(one))
    else
      t:add(one.title, one.unit, a, b, one.ratio < math.huge and
        math.floor(one.ratio * 1e4 + 0.5) / 1e4 or nil, one.note)
    end
  end
end

-- How much a figure changed, either way.
local function weight(one)
  return one.ratio > 0 and math.abs(math.log(one.ratio)) or math.huge
end

-- told(list, word): of what changed much a line each, the most first, one of a kind.
local function told(list, word)
  local found, seen, lines = {}, { trace = true }, {}
  for i, one in ipairs(list) do
    one.at = i
    if one.note ~= "noise" and weight(one) >= math.log(MUCH) then
      found[#found + 1] = one
    end
  end
  table.sort(found, function(a, b)
    local x, y = weight(a), weight(b)
    if x ~= y then
      return x > y
    end
    return a.at < b.at
  end)
  for _, one in ipairs(found) do
    if not seen[one.kind] and #lines < MOST then
      seen[one.kind] = true
      lines[#lines + 1] = ("%s %s instead of %s (%s)"):format(one.title,
        text_of(one[2].value, one.unit), text_of(one[1].value, one.unit),
        word(one))
    end
  end
  return lines
end

-- new(): the sums are printed by none but this.
local function new()
  return setmetatable({ sums = durations("n", "kind", "side"):quiet() }, Totals)
end

return { new = new, show = show, told = told }
