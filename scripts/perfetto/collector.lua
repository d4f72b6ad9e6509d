-- collector.lua: two tracks: when the collector marked, and when the world was stopped.
local collector = {}
collector.__index = collector

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, tracks = {} }, collector)
end

local function add(self, s, name, rank)
  if not self.tracks[name] then
    self.group = self.group or self.picture:track("Collector", { rank = 1 })
    self.tracks[name] = self.picture:track(name, { parent = self.group,
      rank = rank })
  end
  self.picture:span(self.tracks[name], s, s.name)
end

function collector:gc(s)
  add(self, s, "GC", 1)
end

function collector:stw(s)
  add(self, s, "STW", 2)
end

return { new = new }
