-- latency.lua: how long goroutines waited for a P, and how long tasks took, in steps of 1, 2,
-- 5, 10 and so on.
local words = require "overview.words"

local TASKS = 5 -- types of tasks, those with most time

local Latency = {}
Latency.__index = Latency

-- new(is_all): is_all: goroutines of the runtime, too.
local function new(is_all)
  return setmetatable({ is_all = is_all, waits = {}, ready = {},
    tasks = {} }, Latency)
end

-- The number of the step that a duration is in: 0 for 0 ns, 1 from 1 ns on, 2 from 2, 3
-- from 5, 4 from 10.
local function step_of(ns)
  if ns < 1 then
    return 0
  end
  local ten = math.floor(math.log10(ns) + 1e-9)
  local lead = ns / 10 ^ ten
  return 3 * ten + (lead >= 5 and 3 or lead >= 2 and 2 or 1)
end

-- Where a step begins, in ns.
local function edge(step)
  if step == 0 then
    return 0
  end
  return ({ 1, 2, 5 })[(step - 1) % 3 + 1] * 10 ^ math.floor((step - 1) / 3)
end

local function add(steps, ns)
  local at = step_of(ns)
  steps[at] = (steps[at] or 0) + 1
end

-- state(s): whose it is may be known later, by its goroutine.
function Latency:state(s)
  if s.state == "Runnable" then
    local whose = s.func ~= "" and s.func or s.g
    local of = self.waits[whose]
    if not of then
      of = { system = s.system, steps = {} }
      self.waits[whose] = of
    end
    add(of.steps, s.dur)
  end
end

-- task(s)
function Latency:task(s)
  if not s.open then
    local name = s.name
    self.tasks[name] = self.tasks[name] or {}
    add(self.tasks[name], s.dur)
  end
end

-- All steps from the first to the last in which there is something.
local function bins_of(steps)
  local least, most, bins = math.huge, -1, {}
  for at in pairs(steps) do
    least, most = math.min(least, at), math.max(most, at)
  end
  for at = least, most do
    bins[#bins + 1] = { from = edge(at), to = edge(at + 1),
      count = steps[at] or 0 }
  end
  return bins
end

local function figures(q, longest)
  return q and { { "p50", q.p50 }, { "p99", q.p99 }, { "longest", longest } }
end

-- Whether waits count, as in the overview. whose: a function, or a goroutine's number.
local function is_wanted(whose, of)
  local g = type(whose) == "number" and trace.goroutine(whose)
  local func = g and g.name or tostring(whose)
  return not (of.system or g and g.system or func:find "^runtime/")
end

-- finish(): in on.finish.
function Latency:finish()
  for whose, of in pairs(self.waits) do
    if self.is_all or is_wanted(whose, of) then
      for at, n in pairs(of.steps) do
        self.ready[at] = (self.ready[at] or 0) + n
      end
    end
  end
end

-- part(t, seen): as a part of the page.
function Latency:part(t, seen)
  local series = {}
  series[1] = next(self.ready) and { name = "Waits for a P",
    color = "ready", bins = bins_of(self.ready),
    figures = figures(seen.latency:total(), seen.ready.longest) }
  local left = TASKS
  for name, d in seen.tasks:each() do
    if self.tasks[name] and left > 0 then
      left = left - 1
      series[#series + 1] = { name = ("Task %s"):format(name),
        color = "heap", bins = bins_of(self.tasks[name]),
        figures = figures(d, d.max) }
    end
  end
  return { kind = "bars", id = "latency", title = "Latency", unit = "ns",
    note = "How long goroutines that could run waited for a P, and how " ..
      "long complete tasks took.",
    series = series, command = words.command(t, "sched", "--by=func") }
end

return { new = new }
