-- stacks.lua: where goroutines wait: stacks from root to leaf, and the places with most.
local samples = require "picture.stacks"
local sums = require "gotrace.sums"
local words = require "overview.words"

local PLACES = 100 -- rows of a table

-- What a tab shows: { total =, count =, longest =, stack =, leaf = what is behind it }.

-- of_waits(seen), of_calls(seen): lists of what the overview saw.
local function of_waits(seen)
  local list = {}
  for reason, by_stack in pairs(seen.waiting) do
    local leaf = reason == "" and "[waiting]" or "[" .. reason .. "]"
    for stack, site in pairs(by_stack) do
      list[#list + 1] = { total = site.total, count = site.count,
        longest = site.longest, stack = stack, leaf = leaf }
    end
  end
  return list
end

local function of_calls(seen)
  local list = {}
  for stack, site in pairs(seen.calls) do
    list[#list + 1] = { total = site.total, count = site.count,
      longest = site.longest, stack = stack, leaf = "[Syscall]" }
  end
  return list
end

-- of_sums(all, is_all): of goroutines that could run.
local function of_sums(all, is_all)
  local list = {}
  for sum in all:each() do
    if is_all or not (sum.system or sum.func:find "^runtime/") then
      list[#list + 1] = { total = sum.total, count = sum.count,
        longest = sum.longest.dur, stack = sum.stack, leaf = "[Runnable]" }
    end
  end
  return list
end

-- Sums by place and what is behind the stack.
local function add_place(places, one)
  local place = words.place(one.stack.user)
  local key = one.leaf .. "\0" .. place
  local sum = places[key]
  if not sum then
    sum = { place = place, leaf = one.leaf, total = 0, count = 0, longest = 0,
      key = key }
    places[key], places[#places + 1] = sum, sum
  end
  sum.total, sum.count = sum.total + one.total, sum.count + one.count
  sum.longest = math.max(sum.longest, one.longest)
end

local function rows_of(places)
  table.sort(places, function(a, b)
    return a.total > b.total or a.total == b.total and a.key < b.key
  end)
  local rows = {}
  for i = 1, math.min(#places, PLACES) do
    local one = places[i]
    rows[i] = { one.total, one.count, math.floor(one.total / one.count + 0.5),
      one.longest, (one.leaf:gsub("^%[(.*)%]$", "%1")), one.place }
  end
  return rows
end

-- A tab of the picture, nil where there is nothing of it.
local function tab_of(name, list, names)
  local tree, places = samples.new(), {}
  for _, one in ipairs(list) do
    if one.total > 0 then
      tree:add(one.stack, one.total, one.leaf)
      add_place(places, one)
    end
  end
  if tree.total == 0 then
    return nil
  end
  local tab = tree:flat(names)
  tab.name, tab.unit, tab.rows = name, "ns", rows_of(places)
  return tab
end

local COLUMNS = {
  { name = "total", unit = "ns", bar = "wait" },
  { name = "times", unit = "count" }, { name = "mean", unit = "ns" },
  { name = "longest", unit = "ns" }, { name = "for" },
  { name = "place", code = true },
}

-- follow(is_all): to be called while the script loads. Returns part(t, seen), which makes
-- the part of the page in on.finish.
local function follow(is_all)
  local ready = sums { kind = "state", state = "Runnable",
    by = { "stack", "func", "system" } }

  return function(t, seen)
    local names, tabs = samples.names(), {}
    tabs[1] = tab_of("blocked", of_waits(seen), names)
    tabs[#tabs + 1] = tab_of("waits for a P", of_sums(ready, is_all), names)
    tabs[#tabs + 1] = tab_of("in syscalls", of_calls(seen), names)
    if #tabs == 0 then
      return { kind = "facts", id = "stacks", title = "Where goroutines wait",
        rows = { { "waits", "none" } } }
    end
    return { kind = "icicle", id = "stacks", title = "Where goroutines wait",
      note = "Stacks from the root at the top to the leaf, as wide as the " ..
        "time; a click makes a frame the whole. Frames below 0.05 % are " ..
        "left out.",
      names = names.list, tabs = tabs, columns = COLUMNS,
      command = words.command(t, "blocks") }
  end
end

return { follow = follow }
