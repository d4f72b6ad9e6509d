-- text.lua: the page about a goroutine as text.
local format = require "gotrace.format"
local overview = require "overview.words"
local words = require "walk.words"

local duration = format.duration

local WIDTH = 80

local Page = {}
Page.__index = Page

-- new(top): tables of `top` rows; 0: all.
local function new(top)
  local page = setmetatable({
    sums = columns { by = { "time", "for" }, "sum total" },
    waits = columns { by = { "from", "wait for", "waker", "place" },
      "sum dur" },
    regions = columns { by = { "region" }, "sum total", "count times",
      "max max" },
    tasks = columns { by = { "task", "name" }, "sum worked" },
  }, Page)
  for _, x in pairs(page) do
    x:ns():optional():top(top)
  end
  page.sums:percent()
  return page
end

-- A time as `cat` prints it.
local function time(ns)
  return ("%.9f"):format(ns / 1e9)
end

-- A figure with its name before it.
local function figure(name, text, ...)
  print(overview.cut(("%-12s%s"):format(name, text:format(...)), WIDTH))
end

local function place_of(stack)
  return #stack > 0 and " at " .. overview.place(stack.user) or ""
end

local function created(g)
  if not g.creator then
    figure("created", "before the trace")
    return
  end
  figure("created", "%s by %.0f %s%s", time(g.created), g.creator,
    format.line(words.name(g.creator)), place_of(g.created_at))
end

local at_end = { ["end"] = ", not ended", both = ", not ended" }

local function life(g, seen)
  if seen.from then
    figure("life", "%s to %s, %s%s", time(seen.from), time(seen.to),
      duration(seen.to - seen.from), at_end[seen.open] or "")
  end
  local label = g.labels[1]
  if label then
    figure("label", "%s", format.line(label))
  end
end

local function stats(page, g)
  local s = g.stats
  for _, word in ipairs { "exec", "sched_wait", "syscall", "syscall_block",
    "unknown" } do
    if s[word] > 0 then
      page.sums:add(word, "", s[word])
    end
  end
  for reason, ns in pairs(s.block_by) do
    page.sums:add("block", reason, ns)
  end
  if s.gc_assist + s.sweep > 0 then
    figure("collector", "%s of assist, %s of sweep", duration(s.gc_assist),
      duration(s.sweep))
  end
end

local function lists(page, seen)
  for _, wait in ipairs(seen:longest(0)) do
    page.waits:add(time(wait.from), wait.reason, words.name(wait.waker),
      words.place(wait), wait.dur)
  end
  for _, row in pairs(seen.regions) do
    page.regions:add(row.key, row.total, row.count, row.max)
  end
  for _, row in pairs(seen.tasks) do
    local task = trace.task(row.key)
    page.tasks:add(row.key, task and task.name or "", row.total)
  end
end

-- print(t, g, seen): of the trace, the goroutine, and what was seen of it.
function Page:print(t, g, seen)
  figure("trace", "%s", format.line(t.file))
  figure("goroutine", "%.0f %s%s", g.id, format.line(g.name),
    g.system and ", of the runtime" or "")
  created(g)
  life(g, seen)
  stats(self, g)
  lists(self, seen)
  for _, x in ipairs { self.sums, self.waits, self.regions, self.tasks } do
    if x:each()() ~= nil then
      print ""
      x:print()
    end
    x:quiet():clear()
  end
end

return { new = new }
