-- record.lua: the page about a goroutine as one object of JSON, or as rows of CSV: a figure
-- each.
local format = require "gotrace.format"
local record = require "overview.record"
local seen_of = require "goroutine.seen"
local words = require "walk.words"

local record_of = record.record

local figures = { "total", "exec", "sched_wait", "block", "syscall",
  "syscall_block", "gc_assist", "sweep", "unknown" }

local Page = {}
Page.__index = Page

-- new(top): lists of `top` rows; 0: all.
local function new(top)
  local is_csv = format.style() == "csv"
  return setmetatable({ top = top,
    out = is_csv and rows("file", "figure", "value") or nil }, Page)
end

-- Functions, files and lines of the frame, nil where there is none.
local function place_of(stack)
  return stack and #stack > 0 and tostring(stack.user) or nil
end

local function stats_of(g)
  local stats, by = record_of(), record_of()
  for _, word in ipairs(figures) do
    record.add(stats, word, g.stats[word])
  end
  for reason, ns in pairs(g.stats.block_by) do
    record.add(by, reason, ns)
  end
  stats.names[#stats.names + 1], stats.values.block_by = "block_by", by
  return stats
end

local function wait_of(wait)
  return record_of("from", wait.from, "dur", wait.dur, "reason", wait.reason,
    "waker", wait.waker, "waker_name", wait.waker and words.name(wait.waker),
    "open", wait.open, "place", place_of(wait.stack))
end

local function region_of(row)
  return record_of("name", row.key, "count", row.count, "total", row.total,
    "max", row.max)
end

local function task_of(row)
  local task = trace.task(row.key)
  return record_of("id", row.key, "name", task and task.name or "",
    "total", row.total)
end

local function map(list, fn)
  local out = {}
  for i, row in ipairs(list) do
    out[i] = fn(row)
  end
  return out
end

-- of(g, seen): the record.
function Page:of(g, seen)
  local creator = g.creator
  return record_of("id", g.id, "name", g.name, "system", g.system,
    "creator", creator, "creator_name", creator and words.name(creator),
    "created_at", place_of(g.created_at), "created", g.created,
    "started", g.started, "ended", g.ended, "from", seen.from, "to", seen.to,
    "open", seen.open, "stats", stats_of(g),
    "waits", map(seen:longest(self.top), wait_of),
    "regions", map(seen_of.sorted(seen.regions, self.top), region_of),
    "tasks", map(seen_of.sorted(seen.tasks, self.top), task_of))
end

-- print(t, g, seen): of the trace, the goroutine, and what was seen of it.
function Page:print(t, g, seen)
  local r = self:of(g, seen)
  if not self.out then
    io.write(record.json(r), "\n")
    return
  end
  record.leaves(r, function(path, value)
    self.out:add(t.file, path, value)
  end)
end

return { new = new }
