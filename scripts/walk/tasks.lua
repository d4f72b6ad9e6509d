-- tasks.lua: what goroutines did for tasks, as long as somebody may ask: while a task or
-- one that it is part of is open, and where a span of it is kept. So memory is in line
-- with what was done for these, not with the trace.
local history = require "walk.history"

local Tasks = {}
Tasks.__index = Tasks

local MOST_NESTED = 64 -- tasks around one that it is a part of

-- new(only): of all tasks, or of the one with that id and what is part of it.
local function new(only)
  return setmetatable({ only = only, by_id = {} }, Tasks)
end

-- A record: parent, parts (records, as keys), by_g (histories), to (nil while the task is
-- open), kept (how many spans of it are).
local function add_record(tasks, id)
  local known = trace.task(id)
  local task = { id = id, parts = {}, by_g = {}, kept = 0,
    to = known and known.to }
  tasks.by_id[id] = task
  return task, known and known.parent
end

-- Whether a task is around another, or is it.
local function is_around(other, task)
  local n = 0
  while task and task ~= other and n <= MOST_NESTED do
    task, n = task.parent, n + 1
  end
  return task == other
end

-- Nobody says that there are no circles.
local function link(task, parent)
  if not is_around(task, parent) then
    task.parent, parent.parts[task] = parent, true
  end
end

-- of(id): the record of a task.
function Tasks:of(id)
  if self.by_id[id] then
    return self.by_id[id]
  end
  local task, parent_id = add_record(self, id)
  local part = task
  while parent_id and parent_id > 0 do
    local parent = self.by_id[parent_id]
    if parent then
      parent_id = nil
    else
      parent, parent_id = add_record(self, parent_id)
    end
    link(part, parent)
    part = parent
  end
  return task
end

-- Whether what was done for a task from `from` on may be asked for.
local function is_needed(tasks, task, from)
  local n = 0
  while task and n <= MOST_NESTED do
    local is_asked_for = not tasks.only or tasks.only == task.id
    local is_there = not task.to or task.kept > 0 and from < task.to
    if is_asked_for and is_there then
      return true
    end
    task, n = task.parent, n + 1
  end
  return false
end

-- add(id, g, piece): a goroutine did that for a task.
function Tasks:add(id, g, piece)
  local task = id > 0 and self:of(id)
  if task and is_needed(self, task, piece.from) then
    task.by_g[g] = task.by_g[g] or history.new()
    task.by_g[g]:add(piece)
  end
end

local function remove(tasks, task)
  task.by_g, task.parts = {}, {}
  if task.parent then
    task.parent.parts[task] = nil
  end
  if tasks.by_id[task.id] == task then
    tasks.by_id[task.id] = nil
  end
end

-- A task and its parts, as far as they are not needed.
local function forget(tasks, task)
  local list = { task }
  while #list > 0 do
    local one = table.remove(list)
    if not is_needed(tasks, one, -math.huge) then
      for part in pairs(one.parts) do
        list[#list + 1] = part
      end
      remove(tasks, one)
    end
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

local function collect(task, by_g, depth)
  for g, part in pairs(task.by_g) do
    by_g[g] = by_g[g] or {}
    table.insert(by_g[g], part)
  end
  for part in pairs(depth < MOST_NESTED and task.parts or {}) do
    collect(part, by_g, depth + 1)
  end
  return by_g
end

-- histories(task): by goroutine, of what it did for the task and its parts.
local function histories(task)
  local all = collect(task, {}, 0)
  for g, list in pairs(all) do
    all[g] = list[2] and history.merged(list) or list[1]
  end
  return all
end

return { new = new, keep = keep, histories = histories }
