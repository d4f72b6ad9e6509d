-- seen.lua: what the page about a goroutine keeps of it: all its waits, as any of them
-- may be of the longest, and how long it worked on which task and was in which region.
local pieces = require "walk.pieces"

local Seen = {}
Seen.__index = Seen

-- new(g): of the goroutine with that number.
local function new(g)
  local seen = setmetatable({ g = g, waits = {}, regions = {}, tasks = {} },
    Seen)
  seen.pieces = pieces.new(function(task, _, piece)
    seen:work(task, piece)
  end)
  return seen
end

-- Adds to rows { key =, count =, total =, max = } by key.
local function count(rows, key, ns)
  local row = rows[key] or { key = key, count = 0, total = 0, max = 0 }
  rows[key] = row
  row.count, row.total = row.count + 1, row.total + ns
  row.max = math.max(row.max, ns)
end

-- change(ev): an event at which a goroutine may go over to another task.
function Seen:change(ev)
  if ev.g == self.g then
    self.pieces:change(ev.g, ev.time, ev.stack)
  end
end

-- work(id, piece): it worked on a task, 0 for none; up to its end, though one that inherits
-- it may live on.
function Seen:work(id, piece)
  local task = id > 0 and trace.task(id)
  local to = task and math.min(piece.to, task.to or math.huge) or piece.from
  if to > piece.from then
    count(self.tasks, id, to - piece.from)
  end
end

-- state(s), region(s), life(s): spans of its own; task(s): of any task.
function Seen:state(s)
  if s.state == "Waiting" then
    self.waits[#self.waits + 1] = { from = s.from, dur = s.dur,
      reason = s.reason or "", stack = s.stack, waker = s.waker,
      open = s.open }
  end
  self.pieces:state(s)
end

function Seen:region(s)
  count(self.regions, s.name, s.dur)
end

function Seen:task(s)
  if s.g == self.g then
    self.pieces:change(s.g, s.to)
  end
end

-- Behind a part that is lost there is another.
function Seen:life(s)
  self.from, self.to = self.from or s.from, s.to
  self.open = s.open
end

local function is_longer(a, b)
  if a.dur ~= b.dur then
    return a.dur > b.dur
  end
  return a.from < b.from
end

-- longest(most): its waits, the longest first; most: 0 for all.
function Seen:longest(most)
  table.sort(self.waits, is_longer)
  local list = {}
  for i, wait in ipairs(self.waits) do
    list[i] = (most == 0 or i <= most) and wait or nil
  end
  return list
end

local function has_more(a, b)
  if a.total ~= b.total then
    return a.total > b.total
  end
  return a.key < b.key
end

-- sorted(by_key, most): of `regions` or `tasks`, those with most time first.
local function sorted(by_key, most)
  local list = {}
  for _, row in pairs(by_key) do
    list[#list + 1] = row
  end
  table.sort(list, has_more)
  for i = #list, most > 0 and most + 1 or #list + 1, -1 do
    list[i] = nil
  end
  return list
end

return { new = new, sorted = sorted }
