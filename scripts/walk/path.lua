-- path.lua: a walk as a table, its parts in the order of time.
local format = require "gotrace.format"
local words = require "walk.words"

-- Text has no room for a wait's state beside its reason, and says before the table of what
-- it is.
local is_text = format.style() == "text"

local Path = {}
Path.__index = Path

local function with_dur(by)
  local heads = { unpack(by) }
  heads[#heads + 1] = "dur"
  return heads
end

-- new(of_tasks): the table, for walks of tasks or of goroutines. Programs get one of all
-- walks, people one of each.
local function new(of_tasks)
  local by = { "from", "goroutine", "state", "reason", "waker", "place" }
  if is_text then
    table.remove(by, 4)
  elseif of_tasks then
    table.insert(by, 1, "task")
  end
  local path = is_text and columns { by = by, "sum dur" }:ns():sort "key" or
    rows(unpack(with_dur(by))):first(#by)
  path:when_empty(of_tasks and "critical_path: no such task begins and ends " ..
    "in the trace: tasks has those that there are; -G NUMBER has a " ..
    "goroutine's" or "critical_path: the trace has nothing of that goroutine")
  return setmetatable({ by = by, path = path }, Path)
end

local key_of = setmetatable({}, { __index = words })

function key_of.from(part)
  return part.from
end

function key_of.task(_, task)
  return task
end

function key_of.state(part)
  local is_named = is_text and part.reason and part.reason ~= ""
  return is_named and part.reason or words.state(part)
end

local function add(path, part, task)
  local row = {}
  for i, word in ipairs(path.by) do
    row[i] = key_of[word](part, task)
  end
  row[#row + 1] = part.to - part.from
  path.path:add(unpack(row))
end

local function is_longer(a, b)
  if a.to - a.from ~= b.to - b.from then
    return a.to - a.from > b.to - b.from
  end
  return a.from < b.from
end

-- The longest parts, how many others there are, and how long these are.
local function longest(parts, most)
  local list, rest = {}, 0
  for i, part in ipairs(parts) do
    list[i] = part
  end
  table.sort(list, is_longer)
  for i = #list, most > 0 and most + 1 or #list + 1, -1 do
    rest, list[i] = rest + list[i].to - list[i].from, nil
  end
  return list, #parts - #list, rest
end

local function is_earlier(a, b)
  return a.from < b.from
end

-- print(is): the `most` longest of is.parts (0: all), of a task (its number) or
-- goroutine: is.title of the trace is.of.
function Path:print(is)
  local shown, others, rest = longest(is.parts, is.most)
  table.sort(shown, is_earlier)
  for _, part in ipairs(shown) do
    add(self, part, is.task)
  end
  if not is_text then
    return
  end
  print(("%s of %s"):format(format.line(is.title), format.line(is.of.file)))
  self.path:print():clear()
  if others > 0 then
    print(("... and %d more: %s"):format(others, format.duration(rest)))
  end
end

return { new = new }
