-- at_most.lua: no more than n at a time, for each key.
local few = require("gotrace.expect.report").few

-- When things begin and end, what ends first.
local function edges_of(things)
  local edges = {}
  for _, thing in ipairs(things) do
    if thing.from < thing.to then
      edges[#edges + 1] = { time = thing.from, by = 1 }
      edges[#edges + 1] = { time = thing.to, by = -1 }
    end
  end
  table.sort(edges, function(a, b)
    return a.time < b.time or a.time == b.time and a.by < b.by
  end)
  return edges
end

-- The most at a time, when that began; and how often there were more than n.
local function crowd(things, n)
  local now, most, at, times = 0, 0, nil, 0
  for _, edge in ipairs(edges_of(things)) do
    now = now + edge.by
    if edge.by > 0 and now == n + 1 then
      times = times + 1
    end
    if now > most then
      most, at = now, edge.time
    end
  end
  return most, at, times
end

local function those_at(things, time)
  local list = {}
  for _, thing in ipairs(things) do
    if thing.from <= time and time < thing.to then
      list[#list + 1] = thing
    end
  end
  table.sort(list, function(a, b)
    return a.from < b.from
  end)
  return list
end

-- rule(n): as before.lua's.
local function rule(n, shown)
  local by_key, keys = {}, {}
  local note = {}

  function note.a(thing, key)
    if not by_key[key] then
      by_key[key] = {}
      keys[#keys + 1] = key
    end
    table.insert(by_key[key], thing)
  end

  local function judge()
    local worst, at, things, times = n, nil, nil, 0
    for _, key in ipairs(keys) do
      local most, when, often = crowd(by_key[key], n)
      times = times + often
      if most > worst then
        worst, at, things = most, when, by_key[key]
      end
    end
    if at then
      return ("%d at a time at %s, too many %s"):format(worst, shown(at),
        times == 1 and "once" or times .. " times"), worst,
        few(those_at(things, at))
    end
  end

  return note, judge
end

return rule
