-- collector.lua: two tracks: when the collector marked, and when the world was stopped.
local tracks = {}
local group

local function add(picture, s, name, rank)
  if not tracks[name] then
    group = group or picture:track("Collector", { rank = 1 })
    tracks[name] = picture:track(name, { parent = group, rank = rank })
  end
  picture:span(tracks[name], s, s.name)
end

-- follow(picture): hooks for both.
local function follow(picture)
  function on.gc(s)
    add(picture, s, "GC", 1)
  end

  function on.stw(s)
    add(picture, s, "STW", 2)
  end
end

return { follow = follow }
