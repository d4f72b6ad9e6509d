-- report.lua: the overview as one object, docs/overview.schema.json: whole ns and bytes,
-- and no more than SIZE bytes of JSON whatever the trace.
local next_commands = require "overview.next"
local places = require "overview.places"
local record = require "overview.record"
local site = require "overview.site"
local words = require "overview.words"

local record_of = record.record

local SIZE = 8191 -- and the end of the line
local ROWS = 10 -- of a list, at most

local function whole(n)
  return math.floor(n + 0.5)
end

local function trace_of(t, seen)
  local r = record_of("file", words.cut(t.file, 256), "version", t.version,
    "size", t.size, "duration", seen.duration, "events", t.events,
    "generations", t.generations, "gomaxprocs", seen.most or t.procs,
    "damage", seen.damages, "lost", seen.damages > 0 and t.lost or 0)
  if seen.whole then
    record.add(r, "whole", seen.whole)
  end
  return r
end

local function blocks_of(seen)
  local by = record_of()
  for i, item in ipairs(site.sorted(seen.waits, "total")) do
    if i <= ROWS then
      record.add(by, words.name(item.key), item.site.total)
    end
  end
  return by
end

-- The words of a goroutine's account, of all together.
local function account_of(seen)
  local block = 0
  for _, waits in pairs(seen.waits) do
    block = block + waits.total
  end
  local exec, ready = seen.running.total, seen.ready.total
  local syscall = seen.in_syscall.total
  return record_of("exec", exec, "sched_wait", ready,
    "syscall", syscall - seen.blocked, "syscall_block", seen.blocked,
    "block", block, "block_by", blocks_of(seen),
    "gc_assist", seen.assists.total, "sweep", seen.sweeps.total,
    "total", exec + ready + syscall + block)
end

local function gc_of(seen)
  return record_of("cycles", seen.marks.count, "mark", seen.marks.total,
    "workers", seen.workers,
    "assist", seen.assists.total, "assist_exec", seen.assisting,
    "sweep", seen.sweeps.total,
    "share", seen:collector_share(),
    "stops", seen.stops.count, "stopped", seen.stops.total,
    "longest_stop", seen.stops.longest)
end

local function totals_of(seen)
  return record_of("stats", account_of(seen), "gc", gc_of(seen),
    "busy", seen.busy, "capacity", seen.capacity,
    "goroutines", record_of("begin", seen.at_begin, "created", seen.created,
      "end", seen.at_end))
end

local function sched_of(seen)
  local q = seen.latency:total()
  return record_of("count", q and q.count or 0, "p50", whole(q and q.p50 or 0),
    "p99", whole(q and q.p99 or 0), "max", seen.ready.longest)
end

-- Names of tasks, those with most time first, then those that are only open.
local function task_names(seen)
  local names, rest, is_known = {}, {}, {}
  for name in seen.tasks:each() do
    names[#names + 1], is_known[name] = name, true
  end
  for name in pairs(seen.open_tasks) do
    rest[#rest + 1] = not is_known[name] and name or nil
  end
  table.sort(rest)
  for _, name in ipairs(rest) do
    names[#names + 1] = name
  end
  return names
end

local function task_of(seen, name)
  local d = seen.tasks:get(name)
  return record_of("name", words.name(name), "count", d and d.tasks or 0,
    "open", seen.open_tasks[name] or 0, "p50", d and whole(d.p50),
    "p99", d and whole(d.p99), "max", d and d.max)
end

local function tasks_of(seen)
  local list = {}
  for i, name in ipairs(task_names(seen)) do
    list[i] = i <= ROWS and task_of(seen, name) or nil
  end
  return list
end

local function functions_of(seen)
  local list = {}
  for i, item in ipairs(site.sorted(seen.functions, "total")) do
    list[i] = i <= ROWS and record_of("func", words.name(item.key),
      "goroutines", seen.lives[item.key] or 0, "exec", item.site.total) or nil
  end
  return list
end

local function evidence_of(finding)
  local e = finding.evidence or {}
  return record_of("g", e.g, "func", e.func and words.name(e.func),
    "stack", places.list(e.stack), "from", e.from, "to", e.to)
end

local function finding_of(finding)
  return record_of("id", finding.id, "severity", finding.severity,
    "claim", finding.claim, "value", finding.value, "unit", finding.unit,
    "threshold", finding.threshold, "evidence", evidence_of(finding),
    "command", finding.command)
end

local function findings_of(findings)
  local list = {}
  for i, finding in ipairs(findings) do
    list[i] = finding_of(finding)
  end
  return list
end

-- of(t, seen, findings): the report.
local function of(t, seen, findings)
  return record_of("schema", 1, "trace", trace_of(t, seen),
    "totals", totals_of(seen), "sched", sched_of(seen),
    "tasks", tasks_of(seen), "functions", functions_of(seen),
    "findings", findings_of(findings),
    "next", next_commands.of(t, seen, findings), "truncated", false)
end

-- visit(list, value): lists of a report that can be shorter, and what they are part of.
local function each_list(r, visit)
  for _, name in ipairs { "tasks", "functions", "findings" } do
    visit(r.values[name], r.values[name])
  end
  for _, finding in ipairs(r.values.findings) do
    local stack = finding.values.evidence.values.stack
    visit(stack, stack)
  end
  local by = r.values.totals.values.stats.values.block_by
  visit(by.names, by)
end

-- Takes the last away from the list that is longest as text; whether there was one.
local function shorten(r)
  local most, longest = 0, nil
  each_list(r, function(list, value)
    local size = #list > 0 and #record.json(value) or 0
    if size > most then
      most, longest = size, list
    end
  end)
  if longest then
    longest[#longest] = nil
  end
  return longest ~= nil
end

-- json(r): its text. What does not fit is left out, and `truncated` says so.
local function json(r)
  local text = record.json(r)
  while #text > SIZE and shorten(r) do
    r.values.truncated = true
    text = record.json(r)
  end
  return text
end

return { of = of, json = json }
