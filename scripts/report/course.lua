-- course.lua: what went on over time: goroutines by state, Ps, the heap and its collector.
-- Each is thinned out as it comes, so that memory and page do not grow with the trace.
local steps = require "picture.steps"
local thinned = require "report.thinned"
local words = require "overview.words"

local STEPS = 1000 -- of time, at most
local CELLS = 60000 -- of the picture of Ps, at most
local STATES = { "Running", "Runnable", "Syscall", "Waiting" }
local COLORS = { Running = "run", Runnable = "ready", Syscall = "sys",
  Waiting = "wait" }

local Course = {}
Course.__index = Course

-- new()
local function new()
  return setmetatable({ by_state = steps.new "with the first",
    by_p = steps.new "with the first",
    highest = -1, allocated = thinned.new(), goal = thinned.new(),
    marks = thinned.times(), stops = thinned.times() }, Course)
end

-- hook(on): hooks for all but states.
function Course:hook(on)
  function on.HeapAlloc(ev)
    self.allocated:add(ev.time, ev.heapalloc)
  end

  function on.HeapGoal(ev)
    self.goal:add(ev.time, ev.heapgoal)
  end

  function on.gc(s)
    self.marks:add(s.from, s.to)
  end

  function on.stw(s)
    self.stops:add(s.from, s.to)
  end
end

-- state(s)
function Course:state(s)
  self.by_state:add(s.state, s.from, s.to)
  if s.state == "Running" and s.p then
    self.highest = math.max(self.highest, s.p)
    self.by_p:add(s.p, s.from, s.to)
  end
end

local function hundredths(n)
  return math.floor(100 * n + 0.5) / 100
end

-- The figures of a state, for the table below the picture.
local function summary_row(state, list, n, step)
  local sum, most = 0, 0
  for at = 0, n - 1 do
    sum, most = sum + list[at], math.max(most, list[at])
  end
  return { state, hundredths(sum / (n * step)), hundredths(most / step), sum }
end

-- states(): how many goroutines were in each state, on average of each step.
function Course:states()
  local of = self.by_state
  local factor = of:group(STEPS)
  local step, series, rows, x = of.step * factor, {}, {}, {}
  for i, state in ipairs(STATES) do
    local list, n = of:grouped(state, factor)
    local values = {}
    for at = 0, n - 1 do
      values[at + 1], x[at + 1] = hundredths(list[at] / step),
        of.origin + at * step
    end
    values[n + 1], x[n + 1] = values[n], (of.origin or 0) + n * step
    series[i] = { name = state, values = values, color = COLORS[state],
      hidden = state == "Waiting" }
    rows[i] = n > 0 and summary_row(state, list, n, step) or nil
  end
  return { kind = "lines", id = "states", title = "Goroutines over time",
    note = "How many were in each state; Waiting is hidden at first, as " ..
      "that is most of them: a click on its name shows it.",
    unit = "count", piled = true, steps = true, x = x, series = series,
    summary = { columns = { { name = "state" },
      { name = "mean", unit = "count" }, { name = "most", unit = "count" },
      { name = "total", unit = "ns", bar = "wait" } }, rows = rows } }
end

-- procs(t): how busy each P was.
function Course:procs(t)
  local of, rows, count = self.by_p, {}, self.highest + 1
  local factor = of:group(math.floor(math.max(100,
    math.min(STEPS, CELLS / math.max(count, 1)))))
  local step, sums = of.step * factor, {}
  for p = 0, self.highest do
    local list, n = of:grouped(p, factor)
    local values, sum = {}, 0
    for at = 0, n - 1 do
      values[at + 1] = math.floor(100 * list[at] / step + 0.5)
      sum = sum + list[at]
    end
    rows[p + 1] = { name = ("P%d"):format(p), values = values }
    sums[p + 1] = { ("P%d"):format(p), sum, t.covered > 0 and
      math.floor(1000 * sum / t.covered + 0.5) / 10 or 0 }
  end
  return { kind = "heat", id = "procs", title = "Ps",
    from = of.origin or 0, step = step,
    note = "When each P ran goroutines: the fuller the colour, the more " ..
      "of a step.",
    rows = rows, summary = { columns = { { name = "P" },
      { name = "busy", unit = "ns" }, { name = "share", unit = "%",
        bar = "run" } }, rows = sums } }
end

-- Values at the times of either list, none where it has none: x, a, b.
local function together(a, b)
  local x, left, right, i, k = {}, {}, {}, 1, 1
  while a[i] or b[k] do
    local time = math.min(a[i] and a[i].time or math.huge,
      b[k] and b[k].time or math.huge)
    local at = #x + 1
    x[at], left[at], right[at] = time, 0 / 0, 0 / 0
    if a[i] and a[i].time == time then
      left[at], i = a[i].value, i + 1
    end
    if b[k] and b[k].time == time then
      right[at], k = b[k].value, k + 1
    end
  end
  return x, left, right
end

local function figures_of(name, list)
  local least, most = math.huge, 0
  for _, point in ipairs(list) do
    least, most = math.min(least, point.value), math.max(most, point.value)
  end
  return #list > 0 and { name, least, most, list[#list].value } or nil
end

-- The last value holds until the end.
local function until_end(list, time)
  local out = { unpack(list) }
  local last = out[#out]
  if last and last.time < time then
    out[#out + 1] = { time = time, value = last.value }
  end
  return out
end

-- heap(t): its size and its goal, with when the collector marked and the world stood.
function Course:heap(t)
  local allocated = until_end(self.allocated:points(), t.duration)
  local goal = until_end(self.goal:points(), t.duration)
  local x, heap, goals = together(allocated, goal)
  local rows = { figures_of("heap", allocated) }
  rows[#rows + 1] = figures_of("goal", goal)
  return { kind = "lines", id = "heap", title = "Heap", unit = "bytes",
    note = "Its size and the size at which the next collection is due; " ..
      "behind them when the collector marked and when the world was stopped.",
    x = x, series = {
      { name = "heap", values = heap, color = "heap" },
      { name = "goal", values = goals, color = "goal", dash = true,
        steps = true },
    }, bands = {
      { name = ("marking (%d)"):format(self.marks.count), color = "gc",
        times = self.marks:list() },
      { name = ("stops of the world (%d)"):format(self.stops.count),
        color = "stop", times = self.stops:list() },
    }, summary = { columns = { { name = "" },
      { name = "least", unit = "bytes" }, { name = "most", unit = "bytes" },
      { name = "at the end", unit = "bytes" } }, rows = rows },
    command = self.marks.count > 0 and words.command(t, "gc") or nil }
end

return { new = new }
