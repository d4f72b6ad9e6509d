-- pictures.lua: lines that show over the trace's time how much of it something took: a
-- full block is all of a step, a dot nothing. They are for people: in text alone, and of one trace.
local format = require "gotrace.format"
local steps = require "picture.steps"

local WIDTH = 40 -- characters of a picture, at most
local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

local Pictures = {}
Pictures.__index = Pictures

-- new(what): what the keys are called.
local function new(what)
  return setmetatable({ what = what, steps = steps.new(), keys = {} }, Pictures)
end

-- add(key, from, to): that was going on then.
function Pictures:add(key, from, to)
  if not self.steps.by[key] then
    self.keys[#self.keys + 1] = key
  end
  self.steps:add(key, from - trace.start, to - trace.start)
end

local function picture(list, n, step)
  local marks = {}
  for at = 0, n - 1 do
    local share = math.min(1, list[at] / step)
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
    lines:add(key, picture(list, n, step))
  end
end

return { new = new }
