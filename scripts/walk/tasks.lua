-- tasks.lua: what goroutines did for tasks, as long as somebody may ask: while a task or
-- one that it is part of is open, and where a span of it is kept. So memory is in line
-- with what was done for these, not with the trace.
local history = require "walk.history"

local Tasks = {}
Tasks.__index = Tasks

local MOST_NESTED = 64 -- tasks around one that it counts as part of

-- new(only): of all tasks, or of the one with that id and what is part of it.
local function new(only)
  return setmetatable({ only = only, by_id = {} }, Tasks)
end

-- Records of tasks: parent, parts (records, as keys), by_g (histories), to (nil while
-- it is open), kept (how many spans of it are).

local function depth_of(task)
  local n = 0
  while task do
    task, n = task.parent, n + 1
  end
  return n
end

-- What a task is part of; nobody says that there are no circles.
local function parent_of(tasks, task, id)
  local parent = id and id > 0 and tasks:of(id)
  local around = parent
  while around do
    if around == task then
      return nil
    end
    around = around.parent
  end
  return parent and depth_of(parent) < MOST_NESTED and parent or nil
end

local function add_record(tasks, id)
  local known = trace.task(id)
  local task = { id = id, parts = {}, by_g = {}, kept = 0,
    to = known and known.to }
  tasks.by_id[id], tasks.making = task, (tasks.making or 0) + 1
  if tasks.making <= MOST_NESTED then
    task.parent = parent_of(tasks, task, known and known.parent)
  end
  tasks.making = tasks.making - 1
  task.wanted = not tasks.only or tasks.only == id or
    task.parent ~= nil and task.parent.wanted
  if task.parent then
    task.parent.parts[task] = true
  end
  return task
end

-- of(id): the record of a task.
function Tasks:of(id)
  return self.by_id[id] or add_record(self, id)
end

-- Whether what was done for a task from `from` on may be asked for.
local function is_needed(task, from)
  while task do
    if not task.to or task.kept > 0 and from < task.to then
      return true
    end
    task = task.parent
  end
  return false
end

-- add(id, g, piece): a goroutine did that for a task.
function Tasks:add(id, g, piece)
  local task = id > 0 and self:of(id)
  if task and task.wanted and is_needed(task, piece.from) then
    task.by_g[g] = task.by_g[g] or history.new()
    task.by_g[g]:add(piece)
  end
end

local function forget(tasks, task)
  if is_needed(task, -math.huge) then
    return
  end
  for part in pairs(task.parts) do
    forget(tasks, part)
  end
  task.by_g, task.parts = {}, {}
  if task.parent then
    task.parent.parts[task] = nil
  end
  if tasks.by_id[task.id] == task then
    tasks.by_id[task.id] = nil
  end
end

-- keep(task): a span of it is needed.
local function keep(task)
  task.kept = task.kept + 1
end

-- release(task): it is needed no more.
function Tasks:release(task)
  task.kept = task.kept - 1
  forget(self, task)
end

-- close(task, to): it has ended. What nobody keeps is forgotten.
function Tasks:close(task, to)
  task.to = to
  forget(self, task)
end

local function collect(task, by_g)
  for g, part in pairs(task.by_g) do
    by_g[g] = by_g[g] or {}
    table.insert(by_g[g], part)
  end
  for part in pairs(task.parts) do
    collect(part, by_g)
  end
  return by_g
end

-- histories(task): by goroutine, of what it did for the task and its parts.
local function histories(task)
  local all = collect(task, {})
  for g, list in pairs(all) do
    all[g] = list[2] and history.merged(list) or list[1]
  end
  return all
end

return { new = new, keep = keep, histories = histories }
