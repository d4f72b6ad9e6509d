-- otlp.lua: tasks and regions as spans of OpenTelemetry, logs as their events: lines of JSON that
-- its collector reads (otlpjsonfile), a request each.
--
--   $ gotrace-lua -q -o spans otlp testdata/real/go1.27-faults.trace && wc -l spans
--   36 spans
--
--   $ gotrace-lua -q -o all.json otlp testdata/real/go1.27-faults.trace && head -c 30 all.json; echo
--   {"resourceSpans":[{"resource":
--
-- Times are those of day if the trace has a clock (Go 1.25), else they begin with --epoch.
description = "Tasks and regions as OpenTelemetry's spans, JSON lines"
writes = "otlp"
needs = { "names", "spans" }
args = {
  { name = "service", arg = "NAME",
    help = "service.name: the file by default" },
  { name = "epoch", type = "int", default = 0, arg = "SECONDS",
    help = "when the trace began, since 1970, if it does not say" },
}

local tree = require "otlp.roots"

local roots = tree.new()
local spans = export.otlp { service = opt.service, epoch = opt.epoch }
local logs = {} -- of no task, by goroutine

local function attributes(s, id)
  local frame, stats = #s.stack > 0 and s.stack.user, s.stats
  return {
    ["go.goroutine.id"] = s.g, ["go.goroutine.function"] = s.func,
    ["go.task.id"] = id, ["go.trace.open"] = s.open,
    ["go.trace.clipped"] = s.clipped,
    ["code.function.name"] = frame and frame.func or nil,
    ["code.file.path"] = frame and frame.file or nil,
    ["code.line.number"] = frame and frame.line or nil,
    ["go.running_ns"] = stats and stats.exec,
    ["go.runnable_ns"] = stats and stats.sched_wait,
    ["go.waiting_ns"] = stats and stats.block,
    ["go.syscall_ns"] = stats and stats.syscall,
  }
end

local function event(log)
  return { time = log.time, name = log.key ~= "" and log.key or "log",
    attributes = { message = log.value, ["go.goroutine.id"] = log.g } }
end

local function word_of_task(id)
  return "task " .. id
end

local function word_of_region(r)
  return ("region %d %d %.0f"):format(r.g, r.depth, r.from)
end

-- Logs of no task are those of the innermost region in which they were made.
local function logs_of(r)
  local inside, rest = {}, {}
  for _, log in ipairs(logs[r.g] or {}) do
    local list = log.time >= r.from and log.time <= r.to and inside or rest
    list[#list + 1] = log
  end
  logs[r.g] = rest[1] and rest or nil
  return inside
end

local regions = require("otlp.regions").new(function(r, outer)
  local inside = outer and outer.task == r.task and word_of_region(outer)
  spans:add { name = r.name, from = r.from, to = r.to, id = word_of_region(r),
    trace = r.task and word_of_task(roots:of(r.task)) or "goroutine " .. r.g,
    parent = inside or r.task and word_of_task(r.task) or nil,
    attributes = r.attributes, events = r.events }
end)

function on.region(s)
  local task = s.task and s.task > 0 and s.task or nil
  local r = { g = s.g, task = task, name = s.name, from = s.from, to = s.to,
    depth = s.depth, attributes = attributes(s, task), events = {} }
  for i, log in ipairs(logs_of(r)) do
    r.events[i] = event(log)
  end
  regions:region(r, s.open == "end" or s.open == "both" or
    s.clipped == "end" or s.clipped == "both")
end

function on.task(s)
  local events, parent = {}, tree.parent(s.task)
  for i, log in ipairs(trace.task(s.task).logs or {}) do
    events[i] = event(log)
  end
  spans:add { name = s.name, from = s.from, to = s.to,
    id = word_of_task(s.task), trace = word_of_task(roots:of(s.task)),
    parent = parent and word_of_task(parent), events = events,
    attributes = attributes(s, s.task) }
end

function on.UserLog(ev)
  if ev.task == 0 and ev.region then
    logs[ev.g] = logs[ev.g] or {}
    table.insert(logs[ev.g], { time = ev.time, key = ev.key,
      value = ev.value, g = ev.g })
  end
end

function on.finish()
  regions:finish()
end
