-- tasks.lua: a track for each task that was chosen, below that of its parent, with its logs.
-- What a task is called and whose part it is stands in its span, which comes at its end.
local tasks = {}
tasks.__index = tasks

local HIGHEST = 2 ^ 31 - 1 -- rank of a track

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, tracks = {}, untold = {} }, tasks)
end

-- choose(set): those that have a track; without it all have.
function tasks:choose(set)
  self.chosen = set
end

local function is_chosen(self, id)
  return id and id > 0 and (not self.chosen or self.chosen[id])
end

-- The track of a task whose name comes later.
local function track(self, id)
  local number = self.tracks[id]
  if not number then
    number = self.picture:reserve()
    self.tracks[id], self.untold[id] = number, true
  end
  return number
end

local function tell(self, id, name, parent)
  self.group = self.group or self.picture:track("Tasks", { rank = 4 })
  self.picture:track(("%s #%d"):format(name, id), {
    number = track(self, id),
    parent = is_chosen(self, parent) and track(self, parent) or self.group,
    rank = math.min(id, HIGHEST),
  })
  self.untold[id] = nil
end

-- A task has a higher number than what it is a part of: else it would lie in itself.
function tasks:task(s)
  if is_chosen(self, s.task) then
    local parent = s.parent and s.parent < s.task and s.parent or nil
    tell(self, s.task, s.name, parent)
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

-- finish(): those whose spans were left out have a track all the same.
function tasks:finish()
  for id in pairs(self.untold) do
    tell(self, id, "task", nil)
  end
end

return { new = new }
