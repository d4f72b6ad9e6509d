-- goroutines.lua: a track for each goroutine that was chosen, below the function that it
-- started with: its states; below it its regions and where it helped the collector, which
-- go on from state to state.
local goroutines = {}
goroutines.__index = goroutines

local HIGHEST = 2 ^ 31 - 1 -- rank of a track

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, groups = {},
    below = {} }, goroutines) -- by goroutine: the tracks by name
end

-- choose(set): those that have a track; without it all have.
function goroutines:choose(set)
  self.chosen = set
end

local function group(self, func)
  local number = self.groups[func]
  if not number then
    self.root = self.root or
      self.picture:track("Goroutines", { rank = 3, order = "name" })
    number = self.picture:track(func ~= "" and func or "(not known)",
      { parent = self.root })
    self.groups[func] = number
  end
  return number
end

-- track(g, func): its track, a new one; nil: it has none.
function goroutines:track(g, func)
  if not self.chosen or self.chosen[g] then
    return self.picture:track("G" .. g, { parent = group(self, func),
      rank = math.min(g, HIGHEST) })
  end
end

-- A track below the goroutine's; nil: it has none.
local function below(self, g, name, rank)
  local own = self.picture:track_of(g)
  if not own then
    return nil
  end
  local tracks = self.below[g] or {}
  if not tracks[name] then
    tracks[name] = self.picture:track(name, { parent = own, rank = rank })
    self.below[g] = tracks
  end
  return tracks[name]
end

-- state(s): where it is over with its goroutine, what lies below that is forgotten.
function goroutines:state(s)
  if s.next == "NotExist" and not self.picture:track_of(s.g) then
    self.below[s.g] = nil
  end
end

-- Inner ones come first. Times are all different, but where regions are cut: there an
-- inner one begins later by as many ns as there are around it.
function goroutines:region(s)
  local number = below(self, s.g, "regions", 1)
  if number and (s.clipped or s.open) then
    self.picture:slice(number, math.min(s.from + s.depth, s.to), s.to, s.name,
      s.stack)
  elseif number then
    self.picture:span(number, s, s.name)
  end
end

function goroutines:assist(s)
  local number = below(self, s.g, "mark assist", 2)
  if number then
    self.picture:span(number, s, s.name)
  end
end

function goroutines:log(ev)
  local number = ev.g and below(self, ev.g, "regions", 1)
  if number then
    self.picture:instant(number, ev.time, ("%s: %s"):format(ev.key, ev.value),
      ev.stack)
  end
end

return { new = new }
