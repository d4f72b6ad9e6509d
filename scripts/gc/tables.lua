-- tables.lua: what gc shows: the list of collections, and for programs beside it what all of
-- them come to (head.lua), when they began, and what set them off.
local format = require "gotrace.format"
local several = require "picture.several"

local SITES = 3 -- rows of what set them off that people get

local either, with = several.either, several.with

local tables = {}

local function new_list(...)
  return rows(...):unit("ns", "from", "mark", "stw", "assist")
    :unit("bytes", "before", "after", "goal"):first(select("#", ...) - 7)
    :name "cycles"
end

local heads = { "n", "from", "mark", "stw", "assist", "before", "after",
  "goal" }

-- list(nothing): that of collections; nothing: what to say where there was none.
function tables.list(nothing)
  return new_list(with("trace", unpack(heads))):when_empty(nothing)
end

-- new(nothing): the tables that programs get of all traces.
function tables.new(nothing)
  return {
    list = tables.list(nothing),
    whole = rows("trace", "began", "before", "duration", "rate", "share",
      "stops", "stopped", "longest_stop", "longest_stop_at",
      "longest_stop_name"):optional():name "collector",
    course = rows("trace", "from", "to", "began"):optional():name "course",
    sites = columns { by = { "trace", "place" }, "sum began" }:percent()
      :optional():name "set_off_by",
  }
end

local function add_list(list, found)
  for _, c in ipairs(found) do
    list:add(either(trace, c.n, c.from, c.to and c.to - c.from, c.stw,
      c.assist, c.heap_before, c.heap_after, c.goal))
  end
end

local function add_course(out, course)
  for i, n in ipairs(course.counts) do
    local from = course.from + (i - 1) * course.step
    out:add(trace, from, from + course.step, n)
  end
end

-- add(all, head, found): of one trace; found: its collections.
function tables.add(all, head, found)
  if #found == 0 then
    return
  end
  local seen, longest = head.seen, head.longest or {}
  add_list(all.list, found)
  all.whole:add(trace, #head.began, head.before, seen.duration, head:rate(),
    seen:collector_share(), head.stops, head.stopped, longest.dur,
    longest.from, longest.name)
  add_course(all.course, head.course)
  for _, site in pairs(head.by_place) do
    all.sites:add(trace, site.place, site.n)
  end
end

-- How long one held up the program.
local function cost(c)
  return (c.stw or 0) + (c.assist or 0)
end

-- The `most` that cost the program most, in the order of time, and the rest; 0: all.
local function chosen(found, most)
  local list, rest = {}, { n = 0, stw = 0, assist = 0 }
  for i, c in ipairs(found) do
    list[i] = c
  end
  table.sort(list, function(a, b)
    local of_a, of_b = cost(a), cost(b)
    return of_a > of_b or of_a == of_b and a.n < b.n
  end)
  for i = #list, most > 0 and most + 1 or #list + 1, -1 do
    rest.n, rest.stw = rest.n + 1, rest.stw + (list[i].stw or 0)
    rest.assist = rest.assist + (list[i].assist or 0)
    list[i] = nil
  end
  table.sort(list, function(a, b)
    return a.n < b.n
  end)
  return list, rest
end

local function print_sites(head)
  local sites = columns { by = { "set off by" }, "sum began" }
  sites:percent():top(SITES)
  for _, site in pairs(head.by_place) do
    sites:add(site.place, site.n)
  end
  sites:print()
end

-- print(head, found, most): the tables that people get of one trace.
function tables.print(head, found, most)
  local list, rest = chosen(found, most)
  print_sites(head)
  print ""
  local out = new_list(either("trace", unpack(heads)))
  add_list(out, list)
  out:print()
  if rest.n > 0 then
    print(("... and %d more, which held goroutines up less: stw %s, assist %s")
      :format(rest.n, format.duration(rest.stw), format.duration(rest.assist)))
  end
  print ""
end

return tables
