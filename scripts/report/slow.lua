-- slow.lua: the slowest tasks, and where the time of each went by the walk of `task`.
local format = require "gotrace.format"
local walked = require "walk.slowest"
local command = require("overview.words").command
local words = require "walk.words"

local PARTS = 40 -- of a task's path, the longest

local Slow = {}
Slow.__index = Slow

-- new(most): so many tasks; 0: all.
local function new(most)
  return setmetatable({ slowest = walked.new { most = most }, hooks = {},
    rows = {} }, Slow)
end

-- hook(on): hooks for all but states and tasks.
function Slow:hook(on)
  self.slowest:hook(self.hooks)
  for name, hook in pairs(self.hooks) do
    if name ~= "state" and name ~= "task" then
      on[name] = hook
    end
  end
end

-- state(s), task(s)
function Slow:state(s)
  self.hooks.state(s)
end

function Slow:task(s)
  self.hooks.task(s)
end

local word_of = { Running = "exec", Runnable = "sched_wait",
  Waiting = "block", Syscall = "syscall", nobody = "nobody" }

local function what(part)
  return part.reason and part.reason ~= "" and part.reason or
    words.state(part)
end

local function place(part)
  local at = words.place(part)
  return at == "" and "" or tostring(at)
end

local function row_of(part)
  return { part.from, part.to - part.from, what(part),
    tostring(words.goroutine(part)), words.waker(part), place(part) }
end

-- The longest, in their order.
local function longest(parts)
  local list = { unpack(parts) }
  table.sort(list, function(a, b)
    local x, y = a.to - a.from, b.to - b.from
    return x > y or x == y and a.from < b.from
  end)
  for i = #list, PARTS + 1, -1 do
    list[i] = nil
  end
  table.sort(list, function(a, b) return a.from < b.from end)
  return list
end

local function task_of(found)
  local by, sums, mostly, rows = {}, {}, "", {}
  local parts = walked.parts(found)
  for _, part in ipairs(parts) do
    local ns, word, why = part.to - part.from, word_of[words.state(part)],
      what(part)
    by[word] = (by[word] or 0) + ns
    sums[why] = (sums[why] or 0) + ns
    mostly = (sums[mostly] or -1) < sums[why] and why or mostly
  end
  for i, part in ipairs(longest(parts)) do
    rows[i] = row_of(part)
  end
  return { id = found.id, name = found.name, from = found.from, to = found.to,
    by = by, mostly = mostly, parts = rows, more = #parts > #rows and
      ("%d shorter parts are left out."):format(#parts - #rows) or nil }
end

-- finish(): in on.finish.
function Slow:finish()
  for i, found in ipairs(self.slowest:ranked()) do
    self.rows[i] = task_of(found)
  end
end

-- part(t): as a part of the page.
function Slow:part(t)
  if #self.rows == 0 then
    return { kind = "facts", id = "tasks", title = "Slowest tasks",
      rows = { { "tasks", "none: the program has none (runtime/trace, " ..
        "NewTask), or they were not recorded" } } }
  end
  return { kind = "tasks", id = "tasks", title = "Slowest tasks",
    note = ("The %s slowest: each instant is charged once. A click shows " ..
      "what was done and waited for, in order."):format(
      format.thousands(#self.rows)), rows = self.rows,
    command = command(t, "slow_tasks") }
end

return { new = new }
