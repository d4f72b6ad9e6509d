-- runnable.lua: how many goroutines could run and waited for a P, over time; when most did,
-- and who ran then.
--
--   $ gotrace-lua runnable testdata/real/go1.27-faults.trace | tail -11 | head -5
--   0.070s        3  #####################
--   0.075s        3  #####################
--   0.080s        3  #####################
--   0.085s     1.62  ###########
--   0.090s     0.01  #
--   $ gotrace-lua runnable --top=2 testdata/real/go1.27-faults.trace | tail -3
--   worst      waiting   cpu  function
--   0.051200s        7  100%  main.together.func1
--   0.037200s        6  100%  main.main
--
-- waiting is the mean over the time of a row. cpu is the share of one P.
description = "Goroutines that wait for a P over time, and who ran then"
needs = "names"
args = {
  { name = "by", type = "keys",
    help = "who waits at each step: fields of spans" },
  { name = "top", short = "t", type = "int", default = 3,
    help = "worst moments to show; 0: none" },
  { name = "rows", type = "int", default = 40, help = "steps of time to show" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local moments_of = require "runnable.moments"
local several = require "picture.several"
local steps = require("picture.steps").new()

local is_text, with = several.is_text, several.with

local of_each = opt.by and require("runnable.of_each").new(opt)

local MOST_NAMES = 3 -- functions that are named of a moment
local WAITING, RUNNING = "waiting", "running " -- keys of steps, the latter before a function

-- As sched.
local function is_waiting(s)
  local is_own = not s.system and s.func:find("runtime/", 1, true) ~= 1
  return s.state == "Runnable" and (opt.system or is_own)
end

function on.state(s)
  if is_waiting(s) and of_each then
    of_each(s)
  elseif is_waiting(s) then
    steps:add(WAITING, s.from - trace.start, s.to - trace.start)
  elseif s.state == "Running" then
    steps:add(RUNNING .. s.func, s.from - trace.start, s.to - trace.start)
  end
end

-- A hundredth of a goroutine is told.
local function mean(ns, step)
  return math.floor(ns / step * 100 + 0.5) / 100
end

-- Programs get one table of all traces, people one of each, with a picture.
local all = not is_text and not of_each and
  rows("trace", "time", "waiting"):name "runnable"
local all_moments = not is_text and not of_each and opt.top > 0 and
  rows("trace", "worst", "waiting", "cpu", "function"):name "worst"

local function show_course()
  local factor = steps:group(math.max(1, opt.rows))
  local step = steps.step * factor
  local course = all or
    tseries { "waiting", step, measure = "max", with "trace" }
  local list, n = steps:grouped(WAITING, factor)
  for at = 0, n - 1 do
    course:add(with(trace, trace.start + at * step, mean(list[at], step)))
  end
end

-- People see a moment's time in seconds, once.
local function shown(moment, n, is_first)
  if not is_text then
    return moment, n
  elseif not is_first then
    return "", nil
  end
  return ("%.6fs"):format(moment / 1e9), n
end

local function show_worst()
  local moments = all_moments or
    rows(with("trace", "worst", "waiting", "cpu", "function")):unit("%", "cpu")
      :first(trace.inputs > 1 and 5 or 4):optional()
  local factor = steps:group(math.max(1, opt.rows))
  local worst = moments_of.worst(steps, WAITING, factor)
  for i = 1, math.min(opt.top, #worst) do
    local one = worst[i]
    local ran = moments_of.at(steps, RUNNING, one)
    for k = 1, math.max(1, math.min(MOST_NAMES, #ran)) do
      local who = ran[k] or { order = "-", ns = 0 }
      local time, n = shown(trace.start + one.order * steps.step,
        mean(one.ns, steps.step), k == 1)
      moments:add(with(trace, time, n, mean(100 * who.ns, steps.step),
        who.order))
    end
  end
end

function on.finish()
  if not of_each then
    show_course()
    show_worst()
  end
end
