-- sites.lua: where goroutines are created, or whatever else they are told apart by, with
-- their lives.

-- By their keys: { keys, from, to: lists of when each goroutine began and ended, left,
-- oldest, forever }.
local by_keys, list = {}, {}

-- of(keys): the one with these keys, which is made if need be.
local function of(keys)
  local site = by_keys
  for _, key in ipairs(keys) do
    site[key] = site[key] or {}
    site = site[key]
  end
  if not site.keys then
    site.keys, site.from, site.to = keys, {}, {}
    site.left, site.oldest, site.forever = 0, 0, 0
    list[#list + 1] = site
  end
  return site
end

-- add(site, from, to): a life in it, ns.
local function add(site, from, to)
  local n = #site.from + 1
  site.from[n], site.to[n] = from, to
end

-- leave(site, life, forever): a life that the trace does not see end; forever: 1 if it
-- waits for what never comes.
local function leave(site, life, forever)
  add(site, life.from, math.huge)
  site.left, site.forever = site.left + 1, site.forever + forever
  site.oldest = math.max(site.oldest, life.dur)
end

local function alive_at(site, time)
  local n = 0
  for i, from in ipairs(site.from) do
    n = n + (from <= time and time < site.to[i] and 1 or 0)
  end
  return n
end

-- figures(site, t): created, ended, alive at the end of each of three quarters of trace t, left,
-- the oldest's age, and how many wait forever.
local function figures(site, t)
  local n, start, quarter = #site.from, t.start, t.duration / 4
  return { n, n - site.left, alive_at(site, start + quarter),
    alive_at(site, start + 2 * quarter), alive_at(site, start + 3 * quarter),
    site.left, site.oldest, site.forever }
end

return { list = list, of = of, add = add, leave = leave, figures = figures }
