-- sums.lua: the parts of a task's walk, summed up.
local words = require "walk.words"

-- What tables call what is charged in a state.
local word_of = { Running = "exec", Runnable = "sched_wait",
  Waiting = "block", Syscall = "syscall", nobody = "nobody" }

-- Time by word; by what a row calls it and place, with the one that has most.
local function sums_of(parts)
  local by, sites, most = {}, {}, nil
  for _, part in ipairs(parts) do
    local ns, state = part.to - part.from, words.state(part)
    local mostly = part.reason ~= "" and part.reason or state
    local place = words.place(part)
    local key = mostly .. "\0" .. tostring(place)
    local site = sites[key] or { mostly = mostly, place = place, ns = 0 }
    sites[key], site.ns = site, site.ns + ns
    by[word_of[state]] = (by[word_of[state]] or 0) + ns
    if not most or site.ns > most.ns then
      most = site
    end
  end
  return by, most
end

return sums_of
