-- within.lua: each a takes no longer than that; or from each a to the next b with the same
-- key it is no longer.
local SHOWN = require("gotrace.expect.report").SHOWN

-- The longest of many: at most SHOWN, the longest first.
local function add_longest(list, each)
  local at = #list + 1
  while at > 1 and list[at - 1].took < each.took do
    at = at - 1
  end
  table.insert(list, at, each)
  list[SHOWN + 1] = nil
end

local function things_of(list)
  local things = {}
  for i, each in ipairs(list) do
    things[i] = each.thing
  end
  return things
end

-- alone(limit, shown): as before.lua's rule.
local function alone(limit, shown)
  local longest, n, over = {}, 0, 0
  local note = {}

  function note.a(thing)
    local took = thing.to - thing.from
    n = n + 1
    if took > limit then
      over = over + 1
      add_longest(longest, { thing = thing, took = took })
    end
  end

  local function judge()
    if over > 0 then
      return ("%d of %d take longer, up to %s"):format(over, n,
        shown(longest[1].took)), over, things_of(longest)
    end
  end

  return note, judge
end

local function by_time(field)
  return function(x, y)
    return x[field] < y[field]
  end
end

-- The longest ways from an a to the next b of one key, and how many are too long: those without
-- a b last for ever.
local function gaps(as, bs, limit, longest)
  local over, i = 0, 1
  table.sort(as, by_time "to")
  table.sort(bs, by_time "from")
  for _, a in ipairs(as) do
    while bs[i] and bs[i].from < a.to do
      i = i + 1
    end
    local took = bs[i] and bs[i].from - a.to or math.huge
    if took > limit then
      over = over + 1
      add_longest(longest, { thing = a, took = took })
    end
  end
  return over
end

-- between(limit, shown): the same of a and b.
local function between(limit, shown)
  local lists, keys, n = { a = {}, b = {} }, {}, 0
  local note = {}
  for which, by_key in pairs(lists) do
    note[which] = function(thing, key)
      if which == "a" then
        n = n + 1
        keys[#keys + 1] = not by_key[key] and key or nil
      end
      by_key[key] = by_key[key] or {}
      table.insert(by_key[key], thing)
    end
  end

  local function judge()
    local longest, over = {}, 0
    for _, key in ipairs(keys) do
      over = over + gaps(lists.a[key], lists.b[key] or {}, limit, longest)
    end
    if over > 0 then
      local worst = longest[1].took
      return ("%d of %d are not followed in time: %s"):format(over, n,
        worst == math.huge and "never" or "after " .. shown(worst)), over,
        things_of(longest)
    end
  end

  return note, judge
end

return { alone = alone, between = between }
