-- head.lua: what all collections of a trace come to: how many began and how often, what they
-- cost, the collector's stops, and what set collections off.
local format = require "gotrace.format"
local new_seen = require("overview.seen").new
local sums = require "gotrace.sums"
local words = require "overview.words"

local MOST = 12 -- steps of the course

local Head = {}
Head.__index = Head

-- new(): of one trace; to be called while the script loads.
local function new()
  local seen = new_seen()
  function on.ProcsChange(ev)
    seen:procs(ev.time, ev.procs)
  end
  return setmetatable({
    seen = seen,
    running = sums { kind = "state", state = "Running", by = { "func" } },
    sweeps = sums { kind = "sweep" },
    assists = sums { kind = "assist", stats = true },
    began = {}, -- when each did
    before = 0, -- those that were under way already
    by_place = {}, -- { place =, n = } of what set them off
    stops = 0, stopped = 0, longest = nil, -- the collector's
  }, Head)
end

-- gc(s): a mark phase.
function Head:gc(s)
  self.seen.marks:add(s)
  if s.open == "begin" or s.open == "both" then
    self.before = self.before + 1
    return
  end
  table.insert(self.began, s.from)
  local key = tostring(s.place)
  local site = self.by_place[key]
  if not site then
    site = { place = s.place, n = 0 }
    self.by_place[key] = site
  end
  site.n = site.n + 1
end

-- stw(s): a stop of the world; those for other ends are none of the collector's.
function Head:stw(s)
  if not s.name:find "^GC " then
    return
  end
  self.stops, self.stopped = self.stops + 1, self.stopped + s.dur
  if not self.longest or s.dur > self.longest.dur then
    self.longest = { dur = s.dur, from = s.from, name = s.name }
  end
end

local function take_sums(head)
  local seen = head.seen
  for sum in head.running:each() do
    seen:state("running", sum, false)
  end
  for sum in head.sweeps:each() do
    seen.sweeps:add_sum(sum)
  end
  for sum in head.assists:each() do
    seen:assist(sum)
  end
end

-- The least round step of which at most MOST make that long.
local function step_of(ns)
  local step, i = 1000, 0
  while ns / step > MOST do
    step = step * (i % 3 == 1 and 2.5 or 2) -- 1, 2, 5, 10 ...
    i = i + 1
  end
  return step
end

-- How many began in each step from where the trace, or what is looked at of it, begins.
local function course_of(head, t)
  local seen = head.seen
  local step = step_of(seen.duration)
  local first = math.floor((seen.first - t.start) / step)
  local last = math.max(first,
    math.ceil((seen.last - t.start) / step) - 1)
  local counts = {}
  for at = first, last do
    counts[at - first + 1] = 0
  end
  for _, time in ipairs(head.began) do
    local at = math.floor((time - t.start) / step) - first + 1
    counts[at] = (counts[at] or 0) + 1
  end
  return { step = step, from = t.start + first * step, counts = counts }
end

-- finish(t): all is seen.
function Head:finish(t)
  take_sums(self)
  self.seen:finish(t)
  self.course = course_of(self, t)
end

function Head:rate()
  return #self.began / math.max(self.seen.duration, 1) * 1e9
end

local function print_stops(head)
  local longest = head.longest
  if longest then
    print(("stops: %s, %s in all; longest %s, %s, at %s"):format(
      format.thousands(head.stops), format.duration(head.stopped),
      format.duration(longest.dur), longest.name,
      format.duration(longest.from)))
  end
end

-- The lines that people get before the list.
function Head:print(t)
  local share = self.seen:collector_share()
  if t.inputs > 1 then
    print(format.line(t.file))
  end
  print(("%s began in %s, %.1f a second%s"):format(
    words.count(#self.began, "collection"), format.duration(self.seen.duration),
    self:rate(), self.before > 0 and
    ("; %d under way before"):format(self.before) or ""))
  print(share and
    ("cost: %s%% of the procs' time, in workers, assists and sweeps"):format(
      format.number(share)) or
    "cost: the trace does not say which goroutines are the collector's")
  print_stops(self)
  print(("begun in each %s from %s: %s"):format(
    format.duration(self.course.step), format.duration(self.course.from),
    table.concat(self.course.counts, " ")))
end

return { new = new }
