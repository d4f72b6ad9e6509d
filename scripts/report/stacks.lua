-- stacks.lua: where goroutines wait: stacks from root to leaf, and the places with most.
local samples = require "picture.stacks"
local sums = require "gotrace.sums"
local words = require "overview.words"

local PLACES = 100 -- rows of a table

local function spec(state, ...)
  return { kind = "state", state = state,
    by = { "stack", "func", "system", ... } }
end

-- The end of a stack: what a goroutine waits for.
local function waits(sum)
  return sum.reason == "" and "[waiting]" or "[" .. sum.reason .. "]"
end

-- Sums by place and what is behind the stack.
local function add_place(places, sum, leaf)
  local place = words.place(sum.stack.user)
  local key = leaf .. "\0" .. place
  local one = places[key]
  if not one then
    one = { place = place, leaf = leaf, total = 0, count = 0, longest = 0,
      key = key }
    places[key], places[#places + 1] = one, one
  end
  one.total, one.count = one.total + sum.total, one.count + sum.count
  one.longest = math.max(one.longest, sum.longest.dur)
end

local function rows_of(places)
  table.sort(places, function(a, b)
    return a.total > b.total or a.total == b.total and a.key < b.key
  end)
  local rows = {}
  for i = 1, math.min(#places, PLACES) do
    local one = places[i]
    rows[i] = { one.total, one.count, one.total / one.count, one.longest,
      one.leaf:gsub("^%[(.*)%]$", "%1"), one.place }
  end
  return rows
end

-- A tab of the picture, nil where there is nothing of it.
local function tab_of(name, all, names, is_wanted, leaf_of)
  local tree, places = samples.new(), {}
  for sum in all:each() do
    if is_wanted(sum) and sum.total > 0 then
      local leaf = leaf_of(sum)
      tree:add(sum.stack, sum.total, leaf)
      add_place(places, sum, leaf)
    end
  end
  if tree.total == 0 then
    return nil
  end
  local tab = tree:flat(names)
  tab.name, tab.unit, tab.rows = name, "ns", rows_of(places)
  return tab
end

-- follow(is_all): to be called while the script loads. Returns what makes the part of the
-- page at the end.
local function follow(is_all)
  local of = {
    { "blocked", sums(spec("Waiting", "reason")), waits },
    { "waits for a P", sums(spec "Runnable"),
      function() return "[Runnable]" end },
    { "in syscalls", sums(spec "Syscall"), function() return "[Syscall]" end },
  }

  local function is_wanted(sum)
    local is_system = sum.system or sum.func:find("runtime/", 1, true) == 1
    return is_all or not is_system
  end

  return function(t)
    local names, tabs = samples.names(), {}
    for _, one in ipairs(of) do
      tabs[#tabs + 1] = tab_of(one[1], one[2], names, is_wanted, one[3])
    end
    if #tabs == 0 then
      return { kind = "facts", id = "stacks", title = "Where goroutines wait",
        rows = { { "waits", "none" } } }
    end
    return { kind = "icicle", id = "stacks", title = "Where goroutines wait",
      note = "Stacks from the root at the top to the leaf, as wide as the " ..
        "time; a click makes a frame the whole. Frames below 0.05 % are " ..
        "left out.",
      names = names.list, tabs = tabs, columns = {
        { name = "total", unit = "ns", bar = "wait" },
        { name = "times", unit = "count" }, { name = "mean", unit = "ns" },
        { name = "longest", unit = "ns" }, { name = "for" },
        { name = "place", code = true },
      }, command = words.command(t, "blocks") }
  end
end

return { follow = follow }
