-- regions.lua: which regions are open, by goroutine: those of the trace, and among them
-- those that scripts asked for. They nest: what ends one ends all that are open in it.
local by_g = {} -- lists of { item = } or { task =, name = }, the outermost first

local function open(g, region)
  local list = by_g[g]
  if not list then
    list = {}
    by_g[g] = list
  end
  list[#list + 1] = region
end

-- Takes those from number `at` on away: the items among them, the innermost first.
local function close(g, at)
  local list, items = by_g[g], {}
  for i = #list, at, -1 do
    items[#items + 1] = list[i].item
    list[i] = nil
  end
  if #list == 0 then
    by_g[g] = nil
  end
  return items
end

-- begin(g, item): a region that was asked for begins.
local function begin(g, item)
  open(g, { item = item })
end

-- finish(g, item): it ends. The items that end with it, itself the last.
local function finish(g, item)
  local list = by_g[g] or {}
  for i = #list, 1, -1 do
    if list[i].item == item then
      return close(g, i)
    end
  end
  return {}
end

-- begin_own(g, task, name): one of the trace begins.
local function begin_own(g, task, name)
  open(g, { task = task, name = name })
end

-- finish_own(g, task, name): one ends: the items that end with it. One that is older than
-- the trace is around all others.
local function finish_own(g, task, name)
  local list = by_g[g]
  if not list then
    return {}
  end
  for i = #list, 1, -1 do
    if list[i].task == task and list[i].name == name then
      return close(g, i)
    end
  end
  return close(g, 1)
end

local function clear()
  by_g = {}
end

return { begin = begin, finish = finish, begin_own = begin_own,
  finish_own = finish_own, clear = clear }
