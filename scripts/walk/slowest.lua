-- slowest.lua: the slowest tasks of a trace, or the one with a number, with what was done
-- for them, up to where the trace ends: what goes on as a task ends is told later.
local logged = require "walk.logged"
local pieces = require "walk.pieces"
local tasks = require "walk.tasks"
local walk = require "walk.walk"

local Slowest = {}
Slowest.__index = Slowest

-- new { most =, name =, id = }: of all tasks, or those with that name, the `most` slowest, 0
-- for all; or spans of that id.
local function new(is)
  local all = tasks.new(is.id)
  return setmetatable({
    most = is.id and 0 or is.most,
    name = is.name,
    tasks = all,
    list = {}, -- { id, name, from, to, creator, ender, task }
    pieces = pieces.new(function(id, g, piece)
      all:add(id, g, piece)
    end),
  }, Slowest)
end

local function is_slower(a, b)
  if a.to - a.from ~= b.to - b.from then
    return a.to - a.from > b.to - b.from
  elseif a.from ~= b.from then
    return a.from < b.from
  end
  return a.id < b.id
end

-- Takes one up, and leaves out the one that is too many; of all it is put in order at the
-- end.
local function insert(slowest, found)
  local list = slowest.list
  local at = #list + 1
  while slowest.most > 0 and at > 1 and is_slower(found, list[at - 1]) do
    at = at - 1
  end
  table.insert(list, at, found)
  tasks.keep(found.task)
  if slowest.most > 0 and #list > slowest.most then
    slowest.tasks:release(table.remove(list).task)
  end
end

-- keep_logs(): has found tasks say in `logs` what they logged.
function Slowest:keep_logs()
  self.has_logs = true
end

-- ends(ev): the event that ends a task.
function Slowest:ends(ev)
  self.end_n, self.ender = ev.n, ev.g
end

local function found_of(slowest, s, task)
  return { id = s.task, name = s.name, from = s.from, to = s.to,
    creator = s.g, task = task,
    logs = slowest.has_logs and logged.of(trace.task(s.task)) or nil,
    ender = s.end_n and s.end_n == slowest.end_n and slowest.ender or nil }
end

-- task(s): a span of a task. One that a loss or the trace's end ends may go on.
function Slowest:task(s)
  local task = self.tasks:of(s.task)
  local is_over = s.open ~= "end" and s.open ~= "both"
  local is_it = not self.tasks.only or s.task == self.tasks.only
  if is_it and (not self.name or s.name == self.name) then
    insert(self, found_of(self, s, task))
  end
  if is_over then
    self.pieces:change(s.g, s.to)
    self.tasks:close(task, s.to)
  end
end

-- parts(found): of one in the list, as walk.lua has them.
local function parts(found)
  return walk.of { from = found.from, to = found.to,
    histories = tasks.histories(found.task), first = found.ender,
    creator = found.creator }
end

-- ranked(): the list, the slowest first.
function Slowest:ranked()
  table.sort(self.list, is_slower)
  return self.list
end

-- hook(on): defines the hooks that find them.
function Slowest:hook(on)
  local function change(ev)
    self.pieces:change(ev.g, ev.time, ev.stack)
  end
  on.UserTaskBegin = change
  on.UserRegionBegin, on.UserRegionEnd = change, change

  function on.UserTaskEnd(ev)
    self:ends(ev)
    change(ev)
  end

  function on.state(s)
    self.pieces:state(s)
  end

  function on.task(s)
    self:task(s)
  end
end

return { new = new, parts = parts }
