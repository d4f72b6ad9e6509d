-- pictures.lua: lines that show over the trace's time how much of it something took: a
-- full block is all of a step, a dot nothing. What is counted has the largest number of a
-- step as its full block, and says how many a second that is. They are for people: in text alone, and of one trace.
local format = require "gotrace.format"
local steps = require "picture.steps"

local WIDTH = 40 -- characters of a picture, at most
local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

local Pictures = {}
Pictures.__index = Pictures

-- new(what): what the keys are called.
local function new(what)
  return setmetatable({ what = what, steps = steps.new(), keys = {},
    is_counted = {} }, Pictures)
end

-- add(key, from, to): that was going on then.
function Pictures:add(key, from, to)
  if not self.steps.by[key] then
    self.keys[#self.keys + 1] = key
  end
  self.steps:add(key, from - trace.start, to - trace.start)
end

-- count(key, time): that happened then: a nanosecond of the step stands for it.
function Pictures:count(key, time)
  self.is_counted[key] = true
  self:add(key, time, time + 1)
end

local function picture(list, n, whole)
  local marks = {}
  for at = 0, n - 1 do
    local share = math.min(1, list[at] / whole)
    marks[at + 1] = share > 0 and blocks[math.ceil(share * #blocks)] or "·"
  end
  return table.concat(marks)
end

local function in_order(keys)
  table.sort(keys, function(a, b)
    if type(a) == type(b) and type(a) == "number" then
      return a < b
    end
    return tostring(a) < tostring(b)
  end)
  return keys
end

local function add_line(lines, key, list, n, most, step)
  local name = ("%s, █ %s/s"):format(key,
    format.number(math.floor(most / step * 1e10 + 0.5) / 10))
  lines:add(name, picture(list, n, most))
end

local function most_of(list, n)
  local most = 0
  for at = 0, n - 1 do
    most = math.max(most, list[at])
  end
  return most
end

-- show(t): to be called in on.finish.
function Pictures:show(t)
  if format.style() ~= "text" or t.inputs > 1 or #self.keys == 0 then
    return
  end
  local steps_of = self.steps
  local factor = steps_of:group(WIDTH)
  local step = steps_of.step * factor
  local lines = rows(self.what, ("over time, %s each"):format(
    format.duration(step))):first(1)
  for _, key in ipairs(in_order(self.keys)) do
    local list, n = steps_of:grouped(key, factor)
    if self.is_counted[key] then
      add_line(lines, key, list, n, most_of(list, n), step)
    else
      lines:add(key, picture(list, n, step))
    end
  end
end

return { new = new }
