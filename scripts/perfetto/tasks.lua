-- tasks.lua: a track for each task that was chosen, below that of its parent, with its logs.
local tasks = {}
tasks.__index = tasks

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, tracks = {} }, tasks)
end

-- choose(set): those that have a track; without it all have.
function tasks:choose(set)
  self.chosen = set
end

local function root(self)
  self.group = self.group or self.picture:track("Tasks", { rank = 4 })
  return self.group
end

local track

-- The nearest of those that it is a part of that has a track. A parent with a higher number
-- is younger than its part: no trace of a program has one.
local function parent(self, id)
  local above = trace.task(id) and trace.task(id).parent
  while above and above > 0 and above < id do
    if not self.chosen or self.chosen[above] then
      return track(self, above)
    end
    id = above
    above = trace.task(id) and trace.task(id).parent
  end
  return root(self)
end

local function name_of(id)
  local task = trace.task(id)
  return ("%s #%d"):format(task and task.name or "", id)
end

function track(self, id)
  local number = self.tracks[id]
  if not number then
    number = self.picture:track(name_of(id), { parent = parent(self, id),
      rank = math.min(id, 2 ^ 31 - 1) })
    self.tracks[id] = number
  end
  return number
end

local function is_chosen(self, id)
  return id and id > 0 and (not self.chosen or self.chosen[id])
end

function tasks:task(s)
  if is_chosen(self, s.task) then
    self.picture:span(track(self, s.task), s, s.name)
  end
end

-- log(ev): whether it is one of a task with a track.
function tasks:log(ev)
  if not is_chosen(self, ev.task) then
    return false
  end
  self.picture:instant(track(self, ev.task), ev.time,
    ("%s: %s"):format(ev.key, ev.value), ev.stack)
  return true
end

return { new = new }
